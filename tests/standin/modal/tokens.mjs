// tokens.mjs - the two kinds of JWT that are handed out, and which of them still count.
import { createHmac, randomBytes } from 'node:crypto';

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export class Tokens {
  #key = randomBytes(32);
  #valid = new Map(); // token -> {until, subject}

  issue(subject, seconds) {
    const until = Math.floor(Date.now() / 1000) + seconds;
    const body = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub: subject, exp: until, jti: randomBytes(6).toString('hex') })}`;
    const token = `${body}.${createHmac('sha256', this.#key).update(body).digest('base64url')}`;
    this.#valid.set(token, { until, subject });
    return token;
  }

  // Whom TOKEN was given to, or undefined when it is none of ours or its time is over.
  subject(token) {
    const found = this.#valid.get(token);
    return found && found.until > Date.now() / 1000 ? found.subject : undefined;
  }

  // From now on none that was issued before counts; with SUBJECT none of those that were issued to it.
  expire(subject) {
    for (const [token, issued] of this.#valid) if (!subject || issued.subject === subject) this.#valid.delete(token);
  }
}
