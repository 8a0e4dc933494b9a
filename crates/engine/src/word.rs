//! The keywords of commands' options. An argument is looked up once and what follows compares numbers: to compare byte
//! strings takes a dozen bytes of code a letter, and there are hundreds of such arms.

use crate::memory::Str;

macro_rules! words {
    ($($name:ident $text:literal,)*) => {
        /// An argument that may be a keyword.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Word {
            $($name,)*
            /// None of them.
            Other,
        }

        const WORDS: &[Word] = &[$(Word::$name),*];
        const TEXTS: &[&str] = &[$($text),*];
        const ALL: &str = concat!($($text),*);
    };
}

// By their texts, so that those with one first letter lie together.
words! {
    Abort "ABORT",
    AclCat "ACLCAT",
    Addr "ADDR",
    After "AFTER",
    Aggregate "AGGREGATE",
    All "ALL",
    Alpha "ALPHA",
    And "AND",
    Any "ANY",
    Array "ARRAY",
    Asc "ASC",
    Async "ASYNC",
    Attrib "ATTRIB",
    Auth "AUTH",
    Before "BEFORE",
    BigNum "BIGNUM",
    Bit "BIT",
    Block "BLOCK",
    By "BY",
    ByBox "BYBOX",
    ByLex "BYLEX",
    ByRadius "BYRADIUS",
    ByScore "BYSCORE",
    Byte "BYTE",
    Ch "CH",
    ChangeReplId "CHANGE-REPL-ID",
    Count "COUNT",
    Db "DB",
    Decode "DECODE",
    Default "DEFAULT",
    Desc "DESC",
    Digest "DIGEST",
    DigestValue "DIGEST-VALUE",
    Double "DOUBLE",
    Encoding "ENCODING",
    EntriesAdded "ENTRIESADDED",
    Error "ERROR",
    Everything "EVERYTHING",
    Ex "EX",
    ExAt "EXAT",
    Fail "FAIL",
    False "FALSE",
    FilterBy "FILTERBY",
    Force "FORCE",
    FromLonLat "FROMLONLAT",
    FromMember "FROMMEMBER",
    Ft "FT",
    Full "FULL",
    Get "GET",
    GetReg "GETREG",
    Group "GROUP",
    Gt "GT",
    Help "HELP",
    Id "ID",
    Idx "IDX",
    Incr "INCR",
    IncrBy "INCRBY",
    Integer "INTEGER",
    JMap "JMAP",
    KeepTtl "KEEPTTL",
    Km "KM",
    LAddr "LADDR",
    Left "LEFT",
    Len "LEN",
    LibName "LIB-NAME",
    LibVer "LIB-VER",
    Limit "LIMIT",
    Log "LOG",
    Lt "LT",
    M "M",
    Map "MAP",
    Master "MASTER",
    Match "MATCH",
    Max "MAX",
    MaxDeletedId "MAXDELETEDID",
    MaxLen "MAXLEN",
    Merge "MERGE",
    Mi "MI",
    Min "MIN",
    MinId "MINID",
    MinMatchLen "MINMATCHLEN",
    Module "MODULE",
    No "NO",
    NoAck "NOACK",
    NoFlush "NOFLUSH",
    NoMkStream "NOMKSTREAM",
    Normal "NORMAL",
    NoSave "NOSAVE",
    Not "NOT",
    Now "NOW",
    Null "NULL",
    Nx "NX",
    Object "OBJECT",
    Off "OFF",
    On "ON",
    Or "OR",
    Overflow "OVERFLOW",
    Pattern "PATTERN",
    PauseCron "PAUSE-CRON",
    Persist "PERSIST",
    Populate "POPULATE",
    Protocol "PROTOCOL",
    PubSub "PUBSUB",
    Push "PUSH",
    Px "PX",
    PxAt "PXAT",
    QuicklistPackedThreshold "QUICKLIST-PACKED-THRESHOLD",
    Rank "RANK",
    Reload "RELOAD",
    Replace "REPLACE",
    Replica "REPLICA",
    ReplyBuffer "REPLYBUFFER",
    Rev "REV",
    Right "RIGHT",
    Samples "SAMPLES",
    Sat "SAT",
    Save "SAVE",
    Schedule "SCHEDULE",
    Set "SET",
    SetActiveExpire "SET-ACTIVE-EXPIRE",
    SetName "SETNAME",
    Skip "SKIP",
    SkipMe "SKIPME",
    Slave "SLAVE",
    Sleep "SLEEP",
    Store "STORE",
    StoreDist "STOREDIST",
    Streams "STREAMS",
    String "STRING",
    StringMatchTest "STRINGMATCH-TEST",
    Sum "SUM",
    Sync "SYNC",
    Timeout "TIMEOUT",
    ToDense "TODENSE",
    True "TRUE",
    Type "TYPE",
    User "USER",
    Verbatim "VERBATIM",
    Version "VERSION",
    Weights "WEIGHTS",
    WithCoord "WITHCOORD",
    WithDist "WITHDIST",
    WithHash "WITHHASH",
    WithMatchLen "WITHMATCHLEN",
    WithScores "WITHSCORES",
    WithValues "WITHVALUES",
    Wrap "WRAP",
    Write "WRITE",
    Xor "XOR",
    Xx "XX",
    Yes "YES",
}

const COUNT: usize = TEXTS.len();
const LEN_MAX: usize = 32;

/// Where each text ends in [`ALL`], and where the last one does.
const STARTS: [u16; COUNT + 1] = {
    let mut starts = [0; COUNT + 1];
    let mut i = 0;
    while i < COUNT {
        assert!(TEXTS[i].len() <= LEN_MAX);
        starts[i + 1] = starts[i] + TEXTS[i].len() as u16;
        i += 1;
    }
    starts
};

/// The number of the first word with each letter from `A` on, and of the end.
const LETTERS: [u8; 27] = {
    let mut letters = [0; 27];
    let mut i = 0;
    while i < COUNT {
        let letter = (TEXTS[i].as_bytes()[0] - b'A') as usize;
        assert!(letters[letter + 1] == i as u8, "the words stand in order");
        let mut next = letter + 1;
        while next < 27 {
            letters[next] = i as u8 + 1;
            next += 1;
        }
        i += 1;
    }
    letters
};

impl Word {
    pub fn of(text: Str) -> Word {
        let mut upper = [0; LEN_MAX];
        let len = text.copy_to(0, &mut upper);
        upper.make_ascii_uppercase();
        let letter = upper[0].wrapping_sub(b'A') as usize;
        if len < text.len() || letter >= LETTERS.len() - 1 {
            return Word::Other;
        }
        let is = |&i: &usize| ALL.as_bytes()[STARTS[i] as usize..STARTS[i + 1] as usize] == upper[..len];
        (LETTERS[letter] as usize..LETTERS[letter + 1] as usize).find(is).map_or(Word::Other, |i| WORDS[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_in_any_case() {
        for (text, word) in TEXTS.iter().zip(WORDS) {
            assert_eq!(Word::of(Str::Slice(text.as_bytes())), *word);
            assert_eq!(Word::of(Str::Slice(text.to_lowercase().as_bytes())), *word);
        }
    }

    #[test]
    fn what_only_begins_like_a_word_is_none() {
        for text in ["", "E", "EXA", "EXATT", "1", "@", "[", "NX ", "QUICKLIST-PACKED-THRESHOLD-AND-MORE-THAN-THAT"] {
            assert_eq!(Word::of(Str::Slice(text.as_bytes())), Word::Other, "{text}");
        }
        assert_eq!(Word::of(Str::Int(10)), Word::Other);
    }
}
