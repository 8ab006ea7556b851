/** The options of a draft: the fields of a form, made of the schema of a recipe, and the recipe that is sent. Pure. */

const nameOf = ({ $ref }) => $ref?.split("/").at(-1);

/** What the schema says of each value, with its `path`, its `choices`, and the values of others that let it count. */
export function fieldsOf({ $defs, properties }) {
  const below = (part, before, group, asked) => Object.entries(part).flatMap(([name, own]) => {
    const path = before + name;
    const arms = (own.anyOf ?? own.oneOf ?? [own]).filter(({ type }) => type !== "null");
    const field = { ...$defs[nameOf(arms[0])], ...arms[0], ...own, path, group: own["x-group"] ?? group };
    field.choices = own.oneOf ? arms.flatMap((arm) => arm.enum ?? nameOf(arm)) : field.enum;
    field.conditions = [...asked, ...Object.entries(own["x-when"] ?? {}).map(([other, values]) => [before + other, values])];
    const inner = arms.flatMap((arm) => {
      const chosen = own.$ref ? [] : [[path, [own.oneOf ? nameOf(arm) : true]]];
      return below($defs[nameOf(arm)]?.properties ?? {}, `${path}.`, field.group, [...field.conditions, ...chosen]);
    });
    return own.$ref && inner.length ? inner : [field, ...inner];
  });
  return below(properties, "", "", []);
}

function standard({ default: value, examples, type }) {
  const first = value ?? examples?.[0] ?? (type === "object" ? false : "");
  return Array.isArray(first) ? first.join(", ") : first;
}

/** What a reader has `changed`, by its path; the rest is as the service has it. */
export class Form {
  constructor(fields, changed) {
    [this.fields, this.changed] = [fields, changed];
  }

  get shown() {
    const holds = ([path, values]) => values.includes(this.value(this.fields.find((field) => field.path === path)));
    return this.fields.filter(({ conditions }) => conditions.every(holds));
  }

  value = (field) => this.changed[field.path] ?? standard(field);

  isChanged = (field) => String(this.value(field)) !== String(standard(field));

  isSent = (field) => this.isChanged(field) || (field.examples && field.default == null);

  fieldAt(pointer) {
    const path = `${pointer.replace("#/options/", "").replaceAll("/", ".")}.`;
    return this.fields.findLast((field) => path.startsWith(`${field.path}.`));
  }

  recipe() {
    return this.shown.filter(this.isSent)
      .reduce((whole, field) => put(whole, field.path.split("."), asSent(field, this.value(field))), {});
  }
}

function asSent({ type, enum: words }, value) {
  if (type === "object" || (words && !words.includes(value))) return {}; // its own fields follow
  if (type === "array") return value.split(/[\s,;]+/).filter(Boolean).map(seconds);
  return type === "integer" || type === "number" ? numberOf(value) : value;
}

/** NaN where it is none, which JSON has as null: then the service says what it wants. */
const numberOf = (text) => (String(text).trim() ? Number(text) : NaN);

const seconds = (text) => text.split(":").reduce((sum, part) => sum * 60 + numberOf(part), 0);

function put(whole, [name, ...rest], value) {
  return { ...whole, [name]: rest.length ? put(whole[name] ?? {}, rest, value) : value };
}
