import { randomBytes } from "node:crypto";

const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const COST = 10;
const SUBKEYS = 18;
const BOX_WORDS = 4 * 256;

/**
 * The bcrypt hash (`$2a$`, cost 10) of a password, of which only the first 72 bytes count.
 *
 * @param salt 16 bytes, random unless given
 */
export function bcrypt(password: string, salt: Uint8Array = randomBytes(16), cost = COST): string {
  const key = Buffer.concat([Buffer.from(password, "utf8").subarray(0, 72), Buffer.from([0])]).subarray(
    0,
    72,
  );
  const cipher = new Blowfish();
  cipher.expand(key, salt);
  for (let round = 0; round < 2 ** cost; round++) {
    cipher.expand(key);
    cipher.expand(salt);
  }
  const words = wordsOf(Buffer.from("OrpheanBeholderScryDoubt"));
  for (let round = 0; round < 64; round++) {
    for (let at = 0; at < words.length; at += 2) cipher.encrypt(words, at);
  }
  const digest = Buffer.alloc(24);
  words.forEach((word, index) => {
    digest.writeUInt32BE(word, index * 4);
  });
  return `$2a$${String(cost).padStart(2, "0")}$${encode(salt)}${encode(digest.subarray(0, 23))}`;
}

class Blowfish {
  private readonly subkeys: Uint32Array;
  private readonly boxes: Uint32Array;

  constructor() {
    const words = piWords(SUBKEYS + BOX_WORDS);
    this.subkeys = words.slice(0, SUBKEYS);
    this.boxes = words.slice(SUBKEYS);
  }

  /** Mixes a key in, and with it a salt where one is given. */
  expand(key: Uint8Array, salt?: Uint8Array): void {
    const { subkeys, boxes } = this;
    let at = 0;
    for (let index = 0; index < SUBKEYS; index++) {
      let word = 0;
      for (let byte = 0; byte < 4; byte++) {
        word = (word << 8) | (key[at] as number);
        at = (at + 1) % key.length;
      }
      subkeys[index] = (subkeys[index] as number) ^ word;
    }
    const saltWords = salt ? wordsOf(salt) : new Uint32Array(4);
    const pair = new Uint32Array(2);
    let turn = 0;
    for (const table of [subkeys, boxes]) {
      for (let index = 0; index < table.length; index += 2) {
        pair[0] = (pair[0] as number) ^ (saltWords[turn] as number);
        pair[1] = (pair[1] as number) ^ (saltWords[turn + 1] as number);
        turn = (turn + 2) % 4;
        this.encrypt(pair, 0);
        table[index] = pair[0] as number;
        table[index + 1] = pair[1] as number;
      }
    }
  }

  encrypt(words: Uint32Array, at: number): void {
    const { subkeys, boxes } = this;
    let left = words[at] as number;
    let right = words[at + 1] as number;
    for (let round = 0; round < 16; round++) {
      left ^= subkeys[round] as number;
      const first = ((boxes[left >>> 24] as number) + (boxes[256 + ((left >>> 16) & 255)] as number)) | 0;
      right ^=
        ((first ^ (boxes[512 + ((left >>> 8) & 255)] as number)) + (boxes[768 + (left & 255)] as number)) | 0;
      [left, right] = [right, left];
    }
    words[at] = right ^ (subkeys[17] as number);
    words[at + 1] = left ^ (subkeys[16] as number);
  }
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = Buffer.from(bytes);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => view.readUInt32BE(index * 4));
}

/** Blowfish starts from the fraction of pi, here computed with Machin's formula. */
function piWords(count: number): Uint32Array {
  const bits = BigInt(count * 32 + 64);
  const arctan = (inverse: bigint) => {
    let term = (1n << bits) / inverse;
    let sum = term;
    for (let divisor = 3n, sign = -1n; term > 0n; divisor += 2n, sign = -sign) {
      term /= inverse * inverse;
      sum += (sign * term) / divisor;
    }
    return sum;
  };
  const pi = 4n * (4n * arctan(5n) - arctan(239n));
  const fraction = ((pi - (3n << bits)) >> 64n).toString(16).padStart(count * 8, "0");
  return Uint32Array.from({ length: count }, (_, index) =>
    Number.parseInt(fraction.slice(index * 8, index * 8 + 8), 16),
  );
}

/** bcrypt's own base64: another alphabet, no padding. */
function encode(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,6}/g) ?? [])
    .map((group) => ALPHABET[Number.parseInt(group.padEnd(6, "0"), 2)])
    .join("");
}
