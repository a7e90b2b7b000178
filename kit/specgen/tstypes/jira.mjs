// Prints what jira.js sends and expects in every operation of Jira Cloud's platform API and of its Agile API.
import fs from 'node:fs';
import ts from 'typescript';
import {open, sort} from './schema.mjs';

const src = 'node_modules/jira.js/src/';

function api(dir) {
  const files = fs.readdirSync(src + dir).filter(f => f.endsWith('.ts') && f !== 'index.ts').map(f => src + dir + '/' + f);
  const {program, checker, schemas, schema} = open(files, symbol => {
    const path = symbol.declarations?.[0].getSourceFile().fileName ?? '';
    if (path.includes('/jira.js/src/')) return symbol.name;
  });

  const text = name => ts.isComputedPropertyName(name) ? undefined : name.text;
  const schemaOf = expression => schema(checker.getTypeAtLocation(expression)) ?? {};

  // field says which argument an expression is: parameters.id, parameters?.id and a variable made of it are id.
  const field = e => ts.isPropertyAccessExpression(e) ? e.name.text : ts.isIdentifier(e) ? e.text
    : ts.isCallExpression(e) || ts.isAsExpression(e) || ts.isNonNullExpression(e) ? field(e.expression) : undefined;

  function operation(method, config) {
    const [declared] = method.parameters;
    const own = new Map(); // the declared arguments, by name
    if (declared?.name.text === 'parameters') {
      const t = checker.getNonNullableType(checker.getTypeAtLocation(declared));
      for (const part of t.isUnion() ? t.types : [t]) {
        if (part.flags & ts.TypeFlags.Object) for (const p of checker.getPropertiesOfType(part)) own.set(p.name, p);
      }
    }
    const required = name => own.has(name) && !(own.get(name).flags & ts.SymbolFlags.Optional);
    const argument = name => own.has(name) && schema(checker.getTypeOfSymbol(own.get(name)));
    const entries = {};
    for (const p of config.properties) entries[text(p.name)] = p.initializer ?? p.name;

    const op = {id: method.name.text, method: entries.method.text.toLowerCase(), parameters: []};
    const taken = new Set();
    const add = (place, name, e) => {
      const from = field(e) ?? name;
      taken.add(from);
      op.parameters.push({in: place, name, required: place === 'path' || required(from), schema: argument(from) || schemaOf(e)});
    };

    if (ts.isTemplateExpression(entries.url)) {
      op.path = entries.url.head.text;
      for (const span of entries.url.templateSpans) {
        const name = field(span.expression);
        add('path', name, span.expression);
        op.path += `{${name}}` + span.literal.text;
      }
    } else {
      op.path = entries.url.text;
    }
    if (entries.params && ts.isObjectLiteralExpression(entries.params)) {
      for (const p of entries.params.properties) {
        if (p.name) add('query', text(p.name), p.initializer ?? p.name);
        else op.open = true;
      }
    }
    if (entries.data && ts.isObjectLiteralExpression(entries.data)) {
      op.body = {type: 'object', properties: {}};
      const must = [];
      for (const p of entries.data.properties) {
        if (ts.isSpreadAssignment(p)) {
          op.body.additionalProperties = {};
          continue;
        }
        const e = p.initializer ?? p.name, from = field(e) ?? text(p.name);
        op.body.properties[text(p.name)] = argument(from) || schemaOf(e);
        if (required(from)) must.push(text(p.name));
      }
      if (must.length) op.body.required = must.sort();
    } else if (entries.data?.text === 'parameters') {
      op.body = {type: 'object', properties: {}};
      const must = [...own.keys()].filter(name => !taken.has(name) && required(name));
      for (const name of own.keys()) if (!taken.has(name)) op.body.properties[name] = argument(name);
      if (must.length) op.body.required = must.sort();
    } else if (entries.data?.text === 'formData') {
      op.body = {type: 'object', properties: {file: {type: 'array', items: {type: 'string', format: 'binary'}}}};
      op.form = true;
    } else if (entries.data) {
      op.body = argument(field(entries.data)) || schemaOf(entries.data);
    }
    const answer = method.typeParameters?.[0]?.default;
    const t = answer && checker.getTypeFromTypeNode(answer);
    if (t && !(t.flags & (ts.TypeFlags.Void | ts.TypeFlags.Undefined))) op.answer = schema(t) ?? {};
    if (ts.getJSDocDeprecatedTag(method)) op.deprecated = true;
    return op;
  }

  const operations = [];
  for (const file of files) {
    for (const c of program.getSourceFile(file).statements.filter(ts.isClassDeclaration)) {
      for (const method of c.members.filter(m => ts.isMethodDeclaration(m) && m.body)) {
        const configs = [];
        (function find(node) {
          if (ts.isVariableDeclaration(node) && node.type?.getText() === 'RequestConfig') configs.push(node.initializer);
          else ts.forEachChild(node, find);
        })(method.body);
        for (const config of configs) operations.push(operation(method, config));
      }
    }
  }
  return {operations, schemas};
}

console.log(JSON.stringify(sort({platform: api('version3'), agile: api('agile')})));
