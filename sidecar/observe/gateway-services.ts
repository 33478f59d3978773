import type { Service } from '#core/api/kubernetes.ts';
import type { LabelSelector } from './label-selector.ts';

/** Which Services stand before the pods that an Istio Gateway selects. Remembered: the Services are gone through once per selector. */
export class GatewayServices {
  readonly #all: () => Iterable<Service>;
  readonly #selectors = new Map<string, LabelSelector>();
  readonly #found = new Map<string, readonly Service[]>();

  constructor(all: () => Iterable<Service>) {
    this.#all = all;
  }

  of(selector: LabelSelector): readonly Service[] {
    const known = this.#found.get(selector.text);
    if (known !== undefined) return known;
    const found = [...this.#all()].filter(({ metadata }) => selector.matches(metadata.labels));
    this.#selectors.set(selector.text, selector);
    this.#found.set(selector.text, found);
    return found;
  }

  /** To be called for a Service that came, went or changed. @returns texts of the selectors that it concerns */
  moved(before: Service | undefined, after: Service | undefined): readonly string[] {
    const concerned: string[] = [];
    for (const [text, { matches }] of this.#selectors) {
      const any = [before, after].some(
        (service) => service !== undefined && matches(service.metadata.labels),
      );
      if (!any) continue;
      this.#found.delete(text);
      concerned.push(text);
    }
    return concerned;
  }

  forget(text: string): void {
    this.#selectors.delete(text);
    this.#found.delete(text);
  }
}
