// Takes out of npm's bill of materials what differs from run to run and from machine to machine: node .ci/sbom.js FILE
const fs = require("fs");
const file = process.argv[2];
const bom = JSON.parse(fs.readFileSync(file));
delete bom.serialNumber;
delete bom.metadata.timestamp;
bom.metadata.component.name = "gapwatch-assets"; // npm takes the folder's name
for (const c of bom.components) c.externalReferences = []; // where it was downloaded from
fs.writeFileSync(file, JSON.stringify(bom, null, 2) + "\n");
