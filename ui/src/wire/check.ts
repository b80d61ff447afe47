/** Primitives of the generated validators. They run on every frame: plain loops, no allocation. */

/** Whether a value has the shape of its type. Fields that may be null and are absent are set to null: see `absent`. */
export type Check = (value: unknown) => boolean;
export type Fields = Record<string, unknown>;

export const isString: Check = (value) => typeof value === 'string';
export const isNumber: Check = (value) => typeof value === 'number';
export const isBoolean: Check = (value) => typeof value === 'boolean';
export const isNumberOrNull: Check = (value) => typeof value === 'number' || value === null;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown, item: Check): boolean {
  if (!Array.isArray(value)) return false;
  for (let index = 0; index < value.length; index += 1) if (!item(value[index])) return false;
  return true;
}

export function isMap(value: unknown, item: Check): boolean {
  if (!isFields(value)) return false;
  for (const key in value) if (!item(value[key])) return false;
  return true;
}

/** Whether the field is absent, as an older machine leaves it out. It is `null` from then on, as the types say. */
export function absent(fields: Fields, name: string): boolean {
  if (fields[name] !== undefined) return false;
  fields[name] = null;
  return true;
}
