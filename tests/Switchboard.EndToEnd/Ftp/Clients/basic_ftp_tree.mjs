// Sends a tree with basic-ftp and fetches it again:
// node basic_ftp_tree.mjs MODULES HOST PORT plain|CERTIFICATE USER PASSWORD TREE BACK FOLDER
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, host, port, certificate, user, password, tree, back, folder] = process.argv.slice(2);
const { Client } = createRequire(modules + "/")("basic-ftp");

const client = new Client(60_000);
const secure = certificate !== "plain";
await client.access({
  host, port: Number(port), user, password, secure,
  secureOptions: secure ? { ca: readFileSync(certificate), host } : undefined,
});
await client.ensureDir("/" + folder);
await client.uploadFromDir(tree);
await client.downloadToDir(back, "/" + folder);
const path = name => `/${folder}/${name}`;
const size = await client.size(path("with spaces  two"));
const listed = (await client.list("/" + folder)).find(entry => entry.name === "with spaces  two");
if (listed?.size !== size) throw new Error(`SIZE says ${size}, the listing ${listed?.size}`);
await client.rename(path("it's"), path("renamed 名.bin"));
await client.remove(path("renamed 名.bin"));
client.close();
