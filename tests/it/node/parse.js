// Reads a JSON list of queries, and writes for each the first objection of Atlassian's parser, or null.
const { JastBuilder } = require('@atlaskit/jql-ast');
const { readFileSync } = require('node:fs');

const builder = new JastBuilder();
const objection = (query) => {
  const [first] = builder.build(query).errors;
  return first === undefined ? null : String(first.message ?? first);
};
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(objection)));
