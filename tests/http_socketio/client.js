// A client as people write them: socket.io-client, unchanged. Says every event as a line of JSON on
// stdout, sends what it reads from stdin, and leaves when that ends.
//
//   node client.js FOLDER URL OPTIONS      with FOLDER/node_modules/socket.io-client

const [folder, url, options] = process.argv.slice(2);
const { io } = require(require.resolve("socket.io-client", { paths: [folder] }));

const say = (event, data) => console.log(JSON.stringify({ event, data: data ?? null }));

const socket = io(url, { reconnectionDelay: 100, reconnectionDelayMax: 200, ...JSON.parse(options) });
socket.io.on("open", () => {
  say("open", socket.io.engine.transport.name);
  socket.io.engine.once("upgrade", (transport) => say("upgrade", transport.name));
});
socket.on("connect", () => say("connect"));
socket.on("connect_error", (error) => say("connect_error", error.message));
socket.on("disconnect", (reason) => say("disconnect", reason));
socket.io.on("close", (reason) => say("closed", reason));
socket.onAny((event, data) => say(event, data));

const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [event, ...data] = JSON.parse(line);
  socket.emit(event, ...data, (answer) => say("answer", answer));
});
lines.on("close", () => process.exit(0));
