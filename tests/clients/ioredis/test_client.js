// ioredis against a server: node test_client.js HOST PORT. A line a test, then `N passed, N failed`.
"use strict";

const assert = require("node:assert/strict");
const ioredis = require("ioredis");
const Redis = ioredis.Redis ?? ioredis.default ?? ioredis;

const [host, port] = [process.argv[2], Number(process.argv[3])];
const tests = [];
const test = (name, body) => tests.push([name, body]);
const open = [];

function connect(options = {}) {
  const client = new Redis({ host, port, maxRetriesPerRequest: 1, connectTimeout: 5000, retryStrategy: () => null, ...options });
  client.on("error", () => {});
  open.push(client);
  return client;
}

// The next message that `match` accepts.
function next(client, event, match = () => true) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} in 5 s`)), 5000);
    client.on(event, (...args) => {
      if (match(...args)) {
        clearTimeout(timer);
        resolve(args);
      }
    });
  });
}

test("connects, the ready check reads INFO", async (r) => {
  await next(r, "ready").catch(() => assert.equal(r.status, "ready"));
  assert.equal(await r.ping(), "PONG");
  assert.match(await r.info("server"), /redis_version:7\.0\.15/);
  assert.equal(await r.client("SETNAME", "tester"), "OK");
  assert.equal(await r.client("GETNAME"), "tester");
});

test("strings", async (r) => {
  assert.equal(await r.set("k", "v", "EX", 100), "OK");
  assert.equal(await r.get("k"), "v");
  assert.equal(await r.set("k", "w", "NX"), null);
  assert.equal(await r.set("k", "w", "GET"), "v");
  assert.equal(await r.incrby("n", 5), 5);
  assert.equal(await r.incrbyfloat("f", 0.1), "0.1");
  assert.equal(await r.mset({ a: 1, b: 2 }), "OK");
  assert.deepEqual(await r.mget("a", "none", "b"), ["1", null, "2"]);
  assert.equal(await r.setbit("bits", 7, 1), 0);
  const blob = Buffer.from([0, 255, 13, 10]);
  await r.set("bin", blob);
  assert.deepEqual(await r.getBuffer("bin"), blob);
});

test("waiting for keys", async (r) => {
  const other = connect();
  const popped = r.brpop("none", "l", 5);
  const entries = other.xread("BLOCK", 5000, "STREAMS", "x", "$");
  const third = connect();
  // Both wait by the time the third has written.
  while (!/blocked_clients:2/.test(await third.info("clients")));
  await third.lpush("l", "v");
  await third.xadd("x", "1-1", "f", "v");
  assert.deepEqual(await popped, ["l", "v"]);
  assert.deepEqual(await entries, [["x", [["1-1", ["f", "v"]]]]]);
  assert.equal(await r.bzpopmax("z", 0.05), null);
});

test("hashes, lists, sets, sorted sets", async (r) => {
  assert.equal(await r.hset("h", { a: 1, b: 2 }), 2);
  assert.deepEqual(await r.hgetall("h"), { a: "1", b: "2" });
  assert.equal(await r.rpush("l", 1, 2, 3), 3);
  assert.deepEqual(await r.lrange("l", 0, -1), ["1", "2", "3"]);
  assert.deepEqual(await r.lpop("l", 2), ["1", "2"]);
  assert.equal(await r.sadd("s", "x", "y"), 2);
  assert.deepEqual((await r.smembers("s")).sort(), ["x", "y"]);
  assert.equal(await r.zadd("z", 1, "a", 2.5, "b"), 2);
  assert.deepEqual(await r.zrange("z", 0, -1, "WITHSCORES"), ["a", "1", "b", "2.5"]);
  assert.equal(await r.zscore("z", "b"), "2.5");
  assert.deepEqual(await r.zpopmax("z"), ["b", "2.5"]);
});

test("pipelines", async (r) => {
  const p = r.pipeline();
  for (let i = 0; i < 2000; i++) p.set(`k:${i}`, i).get(`k:${i}`);
  const replies = await p.exec();
  assert.equal(replies.length, 4000);
  assert.deepEqual(replies[3999], [null, "1999"]);
  const mixed = await r.pipeline().set("k", "v").lpush("k", 1).get("k").exec();
  assert.match(mixed[1][0].message, /^WRONGTYPE/);
  assert.equal(mixed[2][1], "v");
});

test("automatic pipelines", async () => {
  const r = connect({ enableAutoPipelining: true });
  const replies = await Promise.all(Array.from({ length: 500 }, (_, i) => r.incr("auto")));
  assert.equal(Math.max(...replies), 500);
});

test("transactions", async (r) => {
  assert.deepEqual(await r.multi().set("n", 1).incr("n").exec(), [[null, "OK"], [null, 2]]);
  await r.watch("n");
  await connect().set("n", 10);
  assert.equal(await r.multi().incr("n").exec(), null);
  await assert.rejects(r.multi().set("a", 1).call("NOSUCH").exec(), /EXECABORT/);
});

test("pub/sub", async (r) => {
  const sub = connect();
  assert.equal(await sub.subscribe("news", "other"), 2);
  assert.equal(await sub.psubscribe("n*"), 3);
  const message = next(sub, "message");
  const pmessage = next(sub, "pmessage");
  assert.equal(await r.publish("news", "hello"), 2);
  assert.deepEqual(await message, ["news", "hello"]);
  assert.deepEqual(await pmessage, ["n*", "news", "hello"]);
  assert.equal(await sub.unsubscribe("news"), 2);
});

test("scan streams", async (r) => {
  const p = r.pipeline();
  for (let i = 0; i < 1000; i++) p.set(`scan:${i}`, i).hset("h", `f${i}`, i);
  await p.exec();
  const seen = new Set();
  for await (const keys of r.scanStream({ match: "scan:*", count: 100 })) keys.forEach((k) => seen.add(k));
  assert.equal(seen.size, 1000);
  const fields = new Set();
  for await (const part of r.hscanStream("h")) part.forEach((f, i) => i % 2 === 0 && fields.add(f));
  assert.equal(fields.size, 1000);
});

test("streams", async (r) => {
  for (let i = 1; i <= 10; i++) await r.xadd("x", `${i}-0`, "n", i);
  assert.equal(await r.xlen("x"), 10);
  assert.deepEqual(await r.xrange("x", "3", "3"), [["3-0", ["n", "3"]]]);
  assert.deepEqual(await r.xread("COUNT", 1, "STREAMS", "x", "9-0"), [["x", [["10-0", ["n", "10"]]]]]);
  assert.equal(await r.xtrim("x", "MAXLEN", 3), 7);
  assert.equal(await r.xdel("x", "9-0"), 1);
});

test("databases and key prefixes", async (r) => {
  const prefixed = connect({ keyPrefix: "app:", db: 2 });
  await prefixed.set("k", "v");
  await r.select(2);
  assert.equal(await r.get("app:k"), "v");
  await r.select(0);
  assert.equal(await r.get("app:k"), null);
});

test("RESP3 by hand", async () => {
  const r = connect({ protocol: 3 });
  await r.zadd("z", 1.5, "a");
  assert.equal(Number(await r.zscore("z", "a")), 1.5);
  assert.equal(await r.get("nothing"), null);
});

test("errors leave the connection", async (r) => {
  await assert.rejects(r.call("NOSUCH"), /unknown command/);
  await assert.rejects(r.call("GET"), /wrong number of arguments/);
  assert.equal(await r.ping(), "PONG");
});

test("quit", async () => {
  const r = connect();
  const end = next(r, "end");
  assert.equal(await r.quit(), "OK");
  await end;
});

async function main() {
  let [passed, failed] = [0, 0];
  for (const [name, body] of tests) {
    const client = connect();
    try {
      await client.flushall();
      await body(client);
      passed++;
      console.log(`ok   ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${name}\n${error.stack}`);
    }
    // A small server has few places.
    for (const client of open.splice(0)) client.disconnect();
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

main();
