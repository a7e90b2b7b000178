// Prints what @slack/web-api declares of every Web API method: its arguments, its answer and the schemas they need.
import ts from 'typescript';
import {open, sort} from './schema.mjs';

const file = 'node_modules/@slack/web-api/dist/methods.d.ts';
const {program, checker, schemas, schema, flatten, typeOf, at} = open([file], symbol => {
  const path = symbol.declarations?.[0].getSourceFile().fileName ?? '';
  if (!path.includes('/@slack/')) return;
  const answer = path.match(/response\/(\w+)Response\.d\.ts$/);
  return answer ? answer[1] + '_' + symbol.name : symbol.name;
});

const methods = {};
function walk(type, path) {
  for (const p of checker.getPropertiesOfType(type)) {
    const declaration = at(p);
    if (!declaration?.getSourceFile().fileName.endsWith('/methods.d.ts')) continue;
    const name = [...path, p.name].join('.');
    // These three are the SDK's own conveniences, not methods of the API.
    if (['apiCall', 'filesUploadV2', 'files.uploadV2'].includes(name)) continue;
    const t = typeOf(p), [call] = t.getCallSignatures();
    if (!call) {
      walk(t, [...path, p.name]);
      continue;
    }
    const args = flatten(typeOf(call.parameters[0]));
    const promised = checker.getTypeArguments(checker.getReturnTypeOfSignature(call))[0];
    methods[name] = {args, answer: schema(promised)};
    if (p.getJsDocTags().some(tag => tag.name === 'deprecated')) methods[name].deprecated = true;
  }
}

const methodsClass = program.getSourceFile(file).statements.find(s => ts.isClassDeclaration(s) && s.name?.text === 'Methods');
walk(checker.getTypeAtLocation(methodsClass), []);
console.log(JSON.stringify(sort({methods, schemas})));
