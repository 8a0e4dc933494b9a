// node-redis against a server: node test_client.js HOST PORT. A line a test, then `N passed, N failed`.
"use strict";

const assert = require("node:assert/strict");
const { createClient } = require("redis");

const [host, port] = [process.argv[2], Number(process.argv[3])];
const tests = [];
const test = (name, body) => tests.push([name, body]);
const open = [];

async function connect(options = {}) {
  const client = createClient({ socket: { host, port, reconnectStrategy: false, connectTimeout: 30000 }, ...options });
  client.on("error", () => {});
  open.push(client);
  await client.connect();
  return client;
}

for (const RESP of [2, 3]) {
  const each = (name, body) => test(`RESP${RESP}: ${name}`, async () => body(await connect({ RESP })));

  each("strings and expiry", async (r) => {
    assert.equal(await r.set("k", "v", { expiration: { type: "EX", value: 100 } }), "OK");
    assert.equal(await r.get("k"), "v");
    assert.ok((await r.ttl("k")) > 90);
    assert.equal(await r.set("k", "w", { condition: "NX" }), null);
    assert.equal(await r.incrBy("n", 5), 5);
    assert.equal(await r.get("missing"), null);
    assert.deepEqual(await r.mGet(["k", "missing"]), ["v", null]);
  });

  each("hashes, lists, sets", async (r) => {
    assert.equal(await r.hSet("h", { a: "1", b: "2" }), 2);
    assert.deepEqual({ ...(await r.hGetAll("h")) }, { a: "1", b: "2" });
    assert.equal(await r.rPush("l", ["a", "b", "c"]), 3);
    assert.deepEqual(await r.lRange("l", 0, -1), ["a", "b", "c"]);
    assert.equal(await r.sAdd("s", ["x", "y"]), 2);
    assert.deepEqual((await r.sMembers("s")).sort(), ["x", "y"]);
  });

  each("sorted sets", async (r) => {
    await r.zAdd("z", [{ score: 1.5, value: "a" }, { score: Infinity, value: "b" }]);
    assert.equal(await r.zScore("z", "a"), 1.5);
    assert.deepEqual(await r.zRangeWithScores("z", 0, -1), [{ value: "a", score: 1.5 }, { value: "b", score: Infinity }]);
    assert.deepEqual(await r.zPopMin("z"), { value: "a", score: 1.5 });
  });

  each("streams", async (r) => {
    assert.equal(await r.xAdd("x", "1-1", { f: "v" }), "1-1");
    const [entry] = await r.xRange("x", "-", "+");
    assert.equal(entry.id, "1-1");
    assert.equal(entry.message.f, "v");
    const read = await r.xRead({ key: "x", id: "0" }, { COUNT: 1 });
    assert.equal(JSON.stringify(read).includes("1-1"), true);
  });

  each("waiting for keys", async (r) => {
    const other = await connect({ RESP });
    const popped = r.blPop(["none", "l"], 5);
    const moved = other.blMove("s", "t", "LEFT", "RIGHT", 5);
    const third = await connect({ RESP });
    await third.rPush("l", "v");
    await third.rPush("s", "w");
    assert.equal(JSON.stringify(await popped), JSON.stringify({ key: "l", element: "v" }));
    assert.equal(await moved, "w");
    assert.equal(await r.blPop("l", 0.05), null);
  });

  each("a pipeline and a transaction", async (r) => {
    const all = await Promise.all(Array.from({ length: 1000 }, (_, i) => r.set(`k${i}`, String(i))));
    assert.ok(all.every((reply) => reply === "OK"));
    assert.deepEqual(await r.multi().set("m", "1").incr("m").get("m").exec(), ["OK", 2, "2"]);
    const other = await connect({ RESP });
    await r.watch("m");
    await other.set("m", "9");
    await assert.rejects(r.multi().get("m").exec(), (error) => error.constructor.name === "WatchError");
  });

  each("errors", async (r) => {
    await r.set("k", "v");
    await assert.rejects(r.lPush("k", "x"), /WRONGTYPE/);
    await assert.rejects(r.sendCommand(["NOSUCH", "a"]), /unknown command 'NOSUCH'/);
  });

  each("scan iterators", async (r) => {
    await r.mSet(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key:${i}`, "v"])));
    const seen = new Set();
    for await (const keys of r.scanIterator({ MATCH: "key:*", COUNT: 50 })) [keys].flat().forEach((k) => seen.add(k));
    assert.equal(seen.size, 300);
    await r.hSet("h", { a: "1", b: "2" });
    const fields = [];
    for await (const entries of r.hScanIterator("h")) fields.push(...[entries].flat().map((e) => e.field));
    assert.deepEqual(fields.sort(), ["a", "b"]);
  });

  each("publish and subscribe", async (r) => {
    const publisher = await connect({ RESP });
    const got = [];
    const done = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no messages in 30 s")), 30000);
      const note = (...words) => got.push(words) === 2 && (clearTimeout(timer), resolve());
      r.subscribe("news", note).then(() => r.pSubscribe("n*", note))
        .then(() => publisher.publish("news", "hello")).catch(reject);
    });
    await done;
    assert.deepEqual(got.map((words) => words.join(" ")).sort(), ["hello news", "hello news"]);
    await r.unsubscribe("news");
    await r.pUnsubscribe("n*");
    assert.equal(String(await r.ping()), "PONG");
  });
}

test("a name, another database, binary values", async () => {
  const r = await connect({ name: "tester", database: 2 });
  assert.equal(await r.clientGetName(), "tester");
  assert.ok((await r.info("server")).includes("redis_version:7.0.15"));
  await r.set("here", "1");
  const other = await connect();
  assert.equal(await other.exists("here"), 0);
  const bytes = Buffer.from([0, 13, 10, 255, 128]);
  await r.set("b", bytes);
  const { RESP_TYPES } = require("redis");
  const reply = await r.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get("b");
  assert.deepEqual(reply, bytes);
});

async function main() {
  let [passed, failed] = [0, 0];
  for (const [name, body] of tests) {
    try {
      await (await connect()).flushAll();
      await body();
      passed++;
      console.log(`ok   ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${name}\n${error.stack}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

main();
