/** Remembers the latest value of a bounded number of keys; the key not seen for longest is forgotten first. */
export class Recent {
  readonly #capacity: number
  readonly #values = new Map<string, string>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** True when the key is not remembered with this value. From then on it is. */
  isNews(key: string, value = ''): boolean {
    const news = this.#values.get(key) !== value
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > this.#capacity) {
      const [oldest] = this.#values.keys()
      this.#values.delete(oldest!)
    }
    return news
  }
}
