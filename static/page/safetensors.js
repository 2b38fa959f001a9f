// safetensors: eight bytes of length, a JSON header, then the numbers of every tensor.

/** What is no safetensors file, or holds what is not read here. */
export class NotSafetensors extends Error {}

const LARGEST_HEADER = 100_000_000;
const FLOATS = { F64: 8, F32: 4, F16: 2, BF16: 2 };
const SIZES = { ...FLOATS, I64: 8, I32: 4 };

/** Return {tensors: Map name → {shape, values: Float64Array}, metadata} from an ArrayBuffer; whole numbers only if wanted. */
export function readSafetensors(buffer, { whole = false } = {}) {
  if (buffer.byteLength < 8) throw new NotSafetensors("expected a safetensors file, got fewer than 8 bytes");
  const view = new DataView(buffer);
  const length = Number(view.getBigUint64(0, true));
  if (length > LARGEST_HEADER || 8 + length > buffer.byteLength) {
    throw new NotSafetensors("expected a safetensors file, got another kind, or a part of one");
  }
  const header = headerOf(new Uint8Array(buffer, 8, length));
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(entries)) {
    if (!(dtype in (whole ? SIZES : FLOATS))) continue; // counters and masks are no weights
    const [start, end] = offsets.map((offset) => 8 + length + offset);
    const count = shape.reduce((product, side) => product * side, 1);
    if (end > buffer.byteLength || end - start !== count * SIZES[dtype]) {
      throw new NotSafetensors(`expected ${count} numbers in the tensor ${name}, got another count`);
    }
    tensors.set(name, { shape, values: decode(view, dtype, start, count) });
  }
  if (!tensors.size) throw new NotSafetensors(`expected tensors of ${whole ? "" : "floating-point "}numbers, got none`);
  return { tensors, metadata };
}

function headerOf(bytes) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new NotSafetensors("expected a safetensors file, got a header that is not JSON");
  }
}

function decode(view, dtype, start, count) {
  const values = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    const at = start + index * SIZES[dtype];
    if (dtype === "F64") values[index] = view.getFloat64(at, true);
    else if (dtype === "F32") values[index] = view.getFloat32(at, true);
    else if (dtype === "I64") values[index] = Number(view.getBigInt64(at, true));
    else if (dtype === "I32") values[index] = view.getInt32(at, true);
    else if (dtype === "F16") values[index] = half(view.getUint16(at, true));
    else values[index] = brain(view.getUint16(at, true));
  }
  return values;
}

function half(bits) {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

const scratch = new DataView(new ArrayBuffer(4));

function brain(bits) {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** Return a safetensors file (ArrayBuffer) of float64 tensors: [[name, shape, flat numbers], …]. */
export function writeSafetensors(tensors, metadata = {}) {
  const header = { __metadata__: metadata };
  let offset = 0;
  for (const [name, shape, values] of tensors) {
    header[name] = { dtype: "F64", shape, data_offsets: [offset, (offset += 8 * values.length)] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8; // aligned, as readers without copying want it
  const bytes = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  bytes.set(text, 8);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(padded), true);
  let at = 8 + padded;
  for (const [, , values] of tensors) for (const value of values) at = (view.setFloat64(at, value, true), at + 8);
  return bytes.buffer;
}
