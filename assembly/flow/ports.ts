import { PORTS, PORTS_BYTES } from '../memory'

/** The server ports, one bit each. */
export function clearServerPorts(): void {
  memory.fill(PORTS, 0, PORTS_BYTES)
}

export function addServerPort(port: i32): void {
  const at = PORTS + <usize>((port & 0xffff) >> 3)
  store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>port & 7)))
}

export function isServerPort(port: i32): bool {
  return ((load<u8>(PORTS + <usize>(port >> 3)) >> (<u8>port & 7)) & 1) != 0
}
