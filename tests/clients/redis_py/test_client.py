"""redis-py against a server: python test_client.py HOST PORT. A line a test, then `N passed, N failed`."""

import sys
import threading
import time
import traceback

import redis

HOST, PORT = sys.argv[1], int(sys.argv[2])
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def connect(**options):
    options.setdefault("decode_responses", True)
    return redis.Redis(host=HOST, port=PORT, socket_timeout=10, **options)


def both_protocols(function):
    """Runs as two tests, over RESP2 and RESP3."""
    for protocol in (2, 3):
        def run(protocol=protocol):
            client = connect(protocol=protocol)
            client.flushall()
            function(client)
            client.close()
        run.__name__ = f"{function.__name__} (RESP{protocol})"
        TESTS.append(run)
    return function


@both_protocols
def connects(r):
    assert r.ping() is True
    info = r.info()
    assert info["redis_version"] == "7.0.15", info["redis_version"]
    assert info["arch_bits"] in (32, 64) and info["cluster_enabled"] == 0
    assert r.client_setname("tester") and r.client_getname() == "tester"
    assert r.client_id() > 0
    assert any(c["name"] == "tester" for c in r.client_list())
    assert r.echo("hello") == "hello"
    seconds, micros = r.time()
    assert abs(seconds - time.time()) < 5 and 0 <= micros < 1_000_000


@both_protocols
def strings(r):
    assert r.set("k", "v") is True
    assert r.get("k") == "v"
    assert r.set("k", "w", nx=True) is None
    assert r.set("k", "w", xx=True, get=True) == "v"
    assert r.set("t", 1, ex=100) and 0 < r.ttl("t") <= 100
    assert r.getex("t", persist=True) == "1" and r.ttl("t") == -1
    assert r.incrby("n", 5) == 5 and r.decr("n") == 4
    assert r.incrbyfloat("f", 0.1) == 0.1
    assert r.mset({"a": 1, "b": 2}) and r.mget("a", "nothing", "b") == ["1", None, "2"]
    assert r.append("k", "xy") == 3 and r.getrange("k", 1, -1) == "xy"
    assert r.setbit("bits", 7, 1) == 0 and r.bitcount("bits") == 1
    assert r.bitfield("bf").set("u8", 0, 200).incrby("u8", 0, 100, "SAT").execute() == [0, 255]
    assert r.getdel("k") == "wxy" and not r.exists("k")


@both_protocols
def hashes_lists_sets(r):
    assert r.hset("h", mapping={"a": 1, "b": 2}) == 2
    assert r.hgetall("h") == {"a": "1", "b": "2"}
    assert r.hincrbyfloat("h", "a", 0.5) == 1.5
    assert r.hmget("h", ["a", "none"]) == ["1.5", None]
    assert set(r.hrandfield("h", 5)) == {"a", "b"}
    assert r.rpush("l", 1, 2, 3) == 3 and r.lrange("l", 0, -1) == ["1", "2", "3"]
    assert r.lpop("l", 2) == ["1", "2"] and r.lmove("l", "m") == "3"
    assert r.lpos("m", "3") == 0
    assert r.sadd("s", 1, 2, 3) == 3 and r.smembers("s") == {"1", "2", "3"}
    assert r.smismember("s", ["1", "9"]) == [1, 0]
    r.sadd("s2", 3, 4)
    assert r.sinter("s", "s2") == {"3"} and r.sunionstore("s3", "s", "s2") == 4
    assert r.spop("s") in {"1", "2", "3"}


@both_protocols
def sorted_sets(r):
    assert r.zadd("z", {"a": 1, "b": 2.5, "c": float("inf")}) == 3
    pairs = r.zrange("z", 0, -1, withscores=True)
    assert [tuple(p) for p in pairs] == [("a", 1.0), ("b", 2.5), ("c", float("inf"))], pairs
    assert r.zscore("z", "b") == 2.5 and r.zscore("z", "none") is None
    assert r.zadd("z", {"a": 5}, gt=True, ch=True) == 1
    assert r.zincrby("z", 1.25, "a") == 6.25
    assert r.zrangebyscore("z", "-inf", "(6.25") == ["b"]
    assert r.zrange("z", 0, 10, byscore=True, offset=0, num=1) == ["b"]
    assert r.zrank("z", "b") == 0 and r.zrevrank("z", "c") == 0
    low = r.zpopmin("z")
    assert tuple(low[0] if isinstance(low[0], (list, tuple)) else low) == ("b", 2.5), low
    assert r.zmscore("z", ["a", "x"]) == [6.25, None]
    r.zadd("y", {"a": 1})
    assert r.zunionstore("u", ["z", "y"], aggregate="MAX") == 2
    assert r.zrangestore("part", "z", 0, 0) == 1


@both_protocols
def pipelines(r):
    with r.pipeline(transaction=False) as p:
        for i in range(2000):
            p.set(f"key:{i}", i).get(f"key:{i}")
        replies = p.execute()
    assert len(replies) == 4000 and replies[3999] == "1999"
    r.set("long", "v" * 100)
    with r.pipeline(transaction=False) as p:
        for _ in range(10000):
            p.get("long")
        assert p.execute() == ["v" * 100] * 10000
    with r.pipeline(transaction=False) as p:
        p.set("k", "v").lpush("k", 1).get("k")
        replies = p.execute(raise_on_error=False)
    assert replies[0] is True and isinstance(replies[1], redis.ResponseError) and replies[2] == "v"
    assert str(replies[1]).startswith("WRONGTYPE"), replies[1]


@both_protocols
def transactions(r):
    with r.pipeline() as p:
        assert p.set("n", 1).incr("n").execute() == [True, 2]
    other = connect()
    with r.pipeline() as p:
        p.watch("n")
        other.set("n", 10)
        p.multi()
        p.incr("n")
        try:
            p.execute()
            raise AssertionError("WATCH did not notice")
        except redis.WatchError:
            pass

    def raise_by_one(p):
        value = int(p.get("n"))
        p.multi()
        p.set("n", value + 1)

    assert r.transaction(raise_by_one, "n") == [True] and r.get("n") == "11"
    try:
        r.execute_command("MULTI")
        try:
            r.execute_command("NOSUCHCOMMAND")
        except redis.ResponseError:
            pass
        r.execute_command("EXEC")
        raise AssertionError("EXEC ran a broken transaction")
    except redis.exceptions.ExecAbortError:
        pass
    except redis.ResponseError as error:
        # The commands may have gone over different connections of the pool.
        assert "EXEC without MULTI" in str(error) or "EXECABORT" in str(error), error


@both_protocols
def pub_sub(r):
    p = r.pubsub()
    p.subscribe("news")
    p.psubscribe("n*")
    kinds = [p.get_message(timeout=5)["type"] for _ in range(2)]
    assert kinds == ["subscribe", "psubscribe"], kinds
    assert r.publish("news", "hello") == 2
    messages = sorted((m["type"], m["channel"], m["data"]) for m in (p.get_message(timeout=5) for _ in range(2)))
    assert messages == [("message", "news", "hello"), ("pmessage", "news", "hello")], messages
    assert r.pubsub_channels() == ["news"] and r.pubsub_numpat() == 1
    p.unsubscribe("news")
    assert p.get_message(timeout=5)["type"] == "unsubscribe"
    # Over RESP3 a PING's answer is no push, and redis-py does not wait for it.
    if r.get_connection_kwargs().get("protocol") == 2:
        p.ping()
        assert p.get_message(timeout=5)["type"] == "pong"
    p.close()


@both_protocols
def a_listener_thread(r):
    got = threading.Event()
    p = r.pubsub(ignore_subscribe_messages=True)
    p.subscribe(**{"c": lambda m: got.set()})
    thread = p.run_in_thread(sleep_time=0.01)
    r.publish("c", "x")
    assert got.wait(5), "no message"
    thread.stop()
    thread.join()


@both_protocols
def iteration(r):
    with r.pipeline(transaction=False) as p:
        for i in range(1000):
            p.set(f"scan:{i}", i)
        p.hset("h", mapping={f"f{i}": i for i in range(700)})
        p.sadd("s", *range(700))
        p.zadd("z", {f"m{i}": i for i in range(300)})
        p.execute()
    assert len(set(r.scan_iter("scan:*", count=50))) == 1000
    assert len(dict(r.hscan_iter("h"))) == 700
    assert len(set(r.sscan_iter("s", match="1*"))) == 111
    assert len({tuple(pair) for pair in r.zscan_iter("z")}) == 300
    assert set(r.scan_iter(_type="zset")) == {"z"}


@both_protocols
def streams(r):
    ids = [r.xadd("x", {"n": i}, id=f"{i + 1}-0") for i in range(10)]
    assert r.xlen("x") == 10 and ids[0] == "1-0"
    assert r.xrange("x", min="3", max="4") == [("3-0", {"n": "2"}), ("4-0", {"n": "3"})]
    assert [e[0] for e in r.xrevrange("x", count=2)] == ["10-0", "9-0"]
    reply = r.xread({"x": "8-0"}, count=5)
    entries = reply["x"] if isinstance(reply, dict) else reply[0][1]
    while entries and isinstance(entries[0], list) and entries and isinstance(entries[0][0], (list, tuple)):
        entries = entries[0]
    assert [e[0] for e in entries] == ["9-0", "10-0"], reply
    assert r.xtrim("x", maxlen=3, approximate=False) == 7
    assert r.xdel("x", "9-0") == 1
    assert r.xinfo_stream("x")["length"] == 2
    assert "-" in r.xadd("x", {"a": 1})


@both_protocols
def waiting_for_keys(r):
    """A queue as Celery and RQ have it: workers wait, jobs come."""
    assert r.brpop("queue", timeout=0.05) is None
    jobs = [str(n) for n in range(50)]
    done = []

    def work():
        worker = connect()
        while (job := worker.brpop(["urgent", "queue"], timeout=5)) and job[1] != "end":
            done.append(job[1])
        worker.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for job in jobs:
        r.lpush("queue", job)
    r.lpush("queue", *["end"] * len(workers))
    for worker in workers:
        worker.join(10)
        assert not worker.is_alive()
    assert sorted(done, key=int) == jobs and not r.exists("queue")

    late = threading.Timer(0.05, lambda: connect().zadd("z", {"a": 1.5}))
    late.start()
    key, member, score = r.bzpopmin("z", timeout=5)
    assert (key, member, float(score)) == ("z", "a", 1.5)
    late = threading.Timer(0.05, lambda: connect().xadd("x", {"f": "v"}, id="7-7"))
    late.start()
    assert "7-7" in str(r.xread({"x": "$"}, block=5000))
    r.rpush("from", 1, 2)
    assert r.blmove("from", "to", 1) == "1" and r.brpoplpush("from", "to", 1) == "2"


@both_protocols
def keys_and_databases(r):
    r.set("a", 1)
    assert r.type("a") == "string" and r.expire("a", 50) and r.persist("a")
    assert r.rename("a", "b") and r.copy("b", "c") and r.touch("b", "c") == 2
    assert r.unlink("b") == 1 and r.dbsize() == 1 and r.randomkey() == "c"
    assert r.object("encoding", "c") == "int"
    assert r.move("c", 1) and not r.exists("c")
    other = connect(db=1)
    assert other.get("c") == "1"
    other.flushdb()
    assert r.pfadd("p", 1, 2, 3) == 1 and r.pfcount("p") == 3


@both_protocols
def settings(r):
    before = r.config_get("maxmemory-policy")["maxmemory-policy"]
    assert r.config_set("maxmemory-policy", "allkeys-random")
    assert r.config_get("maxmemory-*")["maxmemory-policy"] == "allkeys-random"
    assert r.config_set("maxmemory-policy", before)
    assert r.memory_usage("nothing") is None
    r.set("k", "v")
    assert r.memory_usage("k") > 0
    assert r.slowlog_len() >= 0 and r.command_count() > 100
    assert r.lastsave() is not None


@both_protocols
def errors(r):
    for args, start in [
        (("NOSUCHCOMMAND",), "unknown command"),
        (("GET",), "wrong number of arguments"),
        (("SET", "k", "v", "EX", "x"), "value is not an integer"),
    ]:
        try:
            r.execute_command(*args)
            raise AssertionError(f"{args} went well")
        except redis.ResponseError as error:
            assert str(error).startswith(start), error
    assert r.ping(), "the connection lives on"


def setting(r, name):
    """A limit of this server, which may be a small one."""
    return int(r.config_get(name)[name])


@test
def binary_values():
    r = connect(decode_responses=False)
    blob = bytes(range(256)) * min(1000, setting(connect(), "proto-max-bulk-len") // 512)
    r.set(b"\x00\xff\r\n", blob)
    assert r.get(b"\x00\xff\r\n") == blob


@test
def a_large_value():
    r = connect(decode_responses=False)
    blob = b"x" * min(20 * 1024 * 1024, setting(connect(), "proto-max-bulk-len"))
    r.set("big", blob)
    assert r.strlen("big") == len(blob) and r.get("big") == blob
    r.delete("big")


@test
def many_clients():
    r = connect()
    # Those of the tests before this one may still be open.
    workers = min(20, setting(r, "maxclients") - int(r.info("clients")["connected_clients"]))
    assert workers > 1, "no places left"
    pool = redis.ConnectionPool(host=HOST, port=PORT, max_connections=workers)
    shared = redis.Redis(connection_pool=pool)
    r.set("n", 0)

    def work():
        for _ in range(100):
            shared.incr("n")

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.disconnect()
    assert int(r.get("n")) == workers * 100


@test
def resp3_types():
    r = connect(protocol=3)
    r.flushall()
    r.zadd("z", {"a": 1.5})
    assert r.execute_command("ZSCORE", "z", "a") == 1.5
    assert isinstance(r.config_get("maxmemory"), dict)
    r.sadd("s", 1)
    assert r.smembers("s") == {"1"}
    assert r.get("nothing") is None


def main():
    passed = failed = 0
    for function in TESTS:
        try:
            function()
            passed += 1
            print(f"ok   {function.__name__}")
        except Exception:
            failed += 1
            print(f"FAIL {function.__name__}\n{traceback.format_exc(limit=4)}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
