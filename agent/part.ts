/**
 * One of the agent's duties beside capture and alerts, such as obeying settings from the fleet. Construction only
 * assigns; the composition root starts parts in their order and stops them in the opposite one.
 */
export interface AgentPart {
  /**
   * Before the broker is connected: reads what the part keeps, subscribes, announces.
   * @throws FirsteightError when the agent must not run like this
   */
  start(): void | Promise<void>
  /** Another model is about to score: what the kernel counted with the present one is forgotten right after. */
  modelChanges?(): void
  /** At the agent's end, while the broker may still be connected: writes what the part keeps. Never throws. */
  stop(): void | Promise<void>
  /** Orders that it refused since the start, by error code: for the metrics. */
  readonly refusals?: ReadonlyMap<string, number>
  /** Commands that ended since the start, by result: for the metrics. */
  readonly commandResults?: ReadonlyMap<string, number>
}
