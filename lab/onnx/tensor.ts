import type { onnx } from '../../generated/onnx.js'
import type { Complain } from './invalid.js'

/** TensorProto.DataType of 32-bit floats, the only type there is in these graphs. */
export const FLOAT = 1

const BYTES = 4

/** A tensor of f32; row-major. */
export interface Tensor {
  /** Empty for a scalar. */
  dims: number[]
  values: Float32Array
}

export function writeTensor(
  name: string,
  dims: number[],
  values: ArrayLike<number>,
): onnx.TensorProto.$Properties {
  const bytes = new Uint8Array(values.length * BYTES)
  const view = new DataView(bytes.buffer)
  for (let index = 0; index < values.length; index++) view.setFloat32(index * BYTES, values[index]!, true)
  return { name, dims, dataType: FLOAT, rawData: bytes }
}

/** Reads a tensor whose values, all finite, lie in the file itself, as bytes or as numbers. */
export function readTensor(tensor: onnx.TensorProto, complain: Complain): Tensor {
  const place = `tensor "${tensor.name}"`
  if (tensor.dataType !== FLOAT) complain(place, `data type FLOAT (${FLOAT}), not ${tensor.dataType}`)
  if (tensor.externalData.length > 0 || tensor.dataLocation !== 0 || tensor.segment.length > 0) {
    complain(place, 'its values whole and in the file')
  }
  const { dims, rawData, floatData } = tensor
  const count = dims.reduce((product, size) => product * size, 1)
  if (!dims.every((size) => Number.isSafeInteger(size) && size > 0)) complain(place, 'sizes above 0')
  if (rawData.length > 0 && floatData.length > 0) complain(place, 'either raw_data or float_data')
  const length = rawData.length > 0 ? rawData.length / BYTES : floatData.length
  if (length !== count) complain(place, `${count} values, as its sizes say, not ${length}`)
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.length)
  const values = Float32Array.from({ length: count }, (_, index) =>
    rawData.length > 0 ? view.getFloat32(index * BYTES, true) : floatData[index]!,
  )
  const wrong = values.findIndex((value) => !Number.isFinite(value))
  if (wrong !== -1) complain(`${place}[${wrong}]`, 'a finite number')
  return { dims, values }
}
