// ids.mjs - ids of Modal's shapes. A V1 sandbox has exactly 22 letters and digits, a V2 sandbox a ULID of 26.
import { randomBytes } from 'node:crypto';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const letters = (count, alphabet) =>
  Array.from(randomBytes(count), (byte) => alphabet[byte % alphabet.length]).join('');

export const id = (prefix) => `${prefix}-${letters(22, base62)}`;
export const ulid = (prefix) => `${prefix}-01${letters(24, base32)}`;
export const taskIdV2 = () => `ta-01${letters(24, base32)}V`;
