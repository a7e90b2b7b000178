// Turns the TypeScript compiler's types into JSON schemas.
import ts from 'typescript';

const {TypeFlags, SymbolFlags} = ts;
const nothing = TypeFlags.Undefined | TypeFlags.Null | TypeFlags.Void | TypeFlags.Never;
const anything = TypeFlags.Any | TypeFlags.Unknown;

const bytes = ['ArrayBuffer', 'ArrayBufferView', 'Blob', 'Buffer', 'File', 'Readable', 'ReadableStream', 'ReadStream', 'Stream', 'Uint8Array'];

// sort orders the keys of everything in v, so that the same types print the same text.
export const sort = v => Array.isArray(v) ? v.map(sort)
  : v && typeof v === 'object' ? Object.fromEntries(Object.keys(v).sort().map(k => [k, sort(v[k])])) : v;

// open compiles the files of an installed package and returns what reads schemas out of them.
// nameOf gives a declared type's component name, or nothing for a type to be written where it is used.
export function open(files, nameOf) {
  const program = ts.createProgram(files, {
    strict: true, skipLibCheck: true, noEmit: true, types: ['node'],
    module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022,
  });
  const checker = program.getTypeChecker();
  const schemas = {}, names = new Map(), unfolding = new Set();

  const at = p => p.valueDeclaration ?? p.declarations?.[0];
  const typeOf = p => checker.getTypeOfSymbol(p);
  // The platform's own types of bytes: of a browser's, of Node's and of the language itself.
  const isBinary = t => {
    const symbol = t.aliasSymbol ?? t.symbol, path = symbol?.declarations?.[0].getSourceFile().fileName ?? '';
    return /\/(typescript\/lib|@types\/node)\//.test(path) && bytes.includes(symbol.name);
  };
  const literal = t => t.isStringLiteral() || t.isNumberLiteral() ? t.value
    : t.flags & TypeFlags.BooleanLiteral ? t.intrinsicName === 'true' : undefined;

  function component(t) {
    const symbol = t.aliasSymbol ?? t.symbol;
    const base = symbol && !symbol.name.startsWith('__') && nameOf(symbol);
    if (!base) return null;
    if (!names.has(t)) {
      let name = base;
      for (let i = 2; name in schemas; i++) name = base + i;
      names.set(t, name);
      schemas[name] = null;
      schemas[name] = body(t);
    }
    return {$ref: '#/components/schemas/' + names.get(t)};
  }

  function schema(t) {
    t = checker.getNonNullableType(t);
    if (t.flags & nothing) return null;
    if (t.flags & anything) return {};
    const value = literal(t);
    if (value !== undefined) return {type: typeof value, enum: [value]};
    if (t.flags & TypeFlags.StringLike && !t.isUnion()) return {type: 'string'};
    if (t.flags & TypeFlags.NumberLike && !t.isUnion()) return {type: 'number'};
    if (t.flags & TypeFlags.BooleanLike) return {type: 'boolean'};
    if (isBinary(t)) return {type: 'string', format: 'binary'};
    if (t.isUnion()) return (t.types.every(x => literal(x) === undefined) && component(t)) || union(t.types);
    if (checker.isArrayType(t)) return {type: 'array', items: schema(checker.getTypeArguments(t)[0]) ?? {}};
    if (checker.isTupleType(t)) return {type: 'array', items: union(checker.getTypeArguments(t)) ?? {}};
    if (t.getCallSignatures().length) return {};
    return component(t) ?? body(t);
  }

  function union(types) {
    const values = types.filter(t => !(t.flags & nothing)).map(literal);
    if (values.length && values.every(v => v !== undefined && typeof v === typeof values[0])) {
      return typeof values[0] === 'boolean' && values.length === 2 ? {type: 'boolean'} : {type: typeof values[0], enum: [...values].sort()};
    }
    return anyOf(types.map(schema));
  }

  function body(t) {
    if (t.isUnion()) return union(t.types);
    if (unfolding.has(t)) return {type: 'object'}; // a type without a name that contains itself
    unfolding.add(t);
    try {
      return unfold(t);
    } finally {
      unfolding.delete(t);
    }
  }

  function unfold(t) {
    const properties = {}, required = [];
    for (const p of checker.getPropertiesOfType(t)) {
      const s = schema(typeOf(p));
      if (!s) continue;
      properties[p.name] = s;
      if (!(p.flags & SymbolFlags.Optional)) required.push(p.name);
    }
    const index = checker.getIndexInfoOfType(t, ts.IndexKind.String);
    return object(properties, required, index && !(index.type.flags & anything) ? schema(index.type) : null);
  }

  // flatten writes an argument type as one object, however many alternatives it is declared with:
  // a property is required when every alternative requires it.
  function flatten(t) {
    t = checker.getNonNullableType(t);
    const types = t.isUnion() ? t.types.filter(x => x.flags & (TypeFlags.Object | TypeFlags.Intersection)) : [t];
    const found = {}, count = {};
    for (const type of types) {
      for (const p of checker.getPropertiesOfType(type)) {
        const s = schema(typeOf(p));
        if (!s) continue;
        (found[p.name] ??= []).push(s);
        if (!(p.flags & SymbolFlags.Optional)) count[p.name] = (count[p.name] ?? 0) + 1;
      }
    }
    const properties = Object.fromEntries(Object.entries(found).map(([k, all]) => [k, anyOf(all)]));
    return object(properties, Object.keys(properties).filter(k => count[k] === types.length));
  }

  return {program, checker, schemas, schema, flatten, typeOf, at};
}

function object(properties, required, additionalProperties) {
  const o = {type: 'object'};
  if (Object.keys(properties).length) o.properties = properties;
  if (required.length) o.required = required.sort();
  if (additionalProperties) o.additionalProperties = additionalProperties;
  return o;
}

// anyOf is one schema for several, with alternatives that say the same said once.
function anyOf(all) {
  const distinct = new Map(all.filter(Boolean).map(s => [JSON.stringify(sort(s)), s]));
  let list = [...distinct.values()];
  if (list.length > 1 && list.every(s => s.enum && s.type === list[0].type)) {
    const values = [...new Set(list.flatMap(s => s.enum))];
    return list[0].type === 'boolean' && values.length === 2 ? {type: 'boolean'} : {type: list[0].type, enum: values.sort()};
  }
  const enums = list.filter(s => s.type === 'boolean' && s.enum);
  if (enums.length === 2) list = [...list.filter(s => !enums.includes(s)), {type: 'boolean'}];
  if (!list.length) return null;
  if (list.length === 1) return list[0];
  if (list.every(s => s.type === 'boolean')) return {type: 'boolean'};
  if (list.every(s => s.type === 'string')) return {type: 'string'};
  return {anyOf: list.sort((a, b) => JSON.stringify(sort(a)) < JSON.stringify(sort(b)) ? -1 : 1)};
}
