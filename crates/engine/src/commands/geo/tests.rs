//! What geo commands propagate: the forms that redis-server 7.0.15 writes to its AOF.

use crate::engine::tests::effects;

const ADD: &str = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";
const ADDED: &str = "zadd g 3479099956230698 Palermo 3479447370796909 Catania";

#[test]
fn geoadd_propagates_scores() {
    assert_eq!(effects(&[ADD, ADD]), [ADDED]);
    assert_eq!(
        effects(&["GEOADD g ch nx 1 1 Palermo 2 2 Roma", "GEOADD g XX 3 3 Roma", "GEOADD g XX 3 3 nobody"]),
        ["zadd g ch nx 3377822707026402 Palermo 3378191666521995 Roma", "zadd g XX 3379368329318596 Roma"]
    );
}

#[test]
fn searches_propagate_what_they_store() {
    let store = "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km";
    let radius = "GEORADIUS g 15 37 200 km STOREDIST d";
    let none = "GEOSEARCHSTORE d none FROMLONLAT 15 37 BYRADIUS 200 km";
    assert_eq!(effects(&[ADD, "GEORADIUS g 15 37 200 km", radius, store]), [ADDED, radius, store]);
    assert_eq!(effects(&[ADD, store, none, none]), [ADDED, store, none]);
}
