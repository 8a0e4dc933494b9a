pub struct Counters; pub struct Settings; pub struct Store;
