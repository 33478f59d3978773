import type { DataSection } from '#core/mmdb/data-section.ts';
import type { Place } from '#sidecar/model/place.ts';

/**
 * The place that a record of a database tells, in the schemas of MaxMind (`country.iso_code`, `continent.code`), of
 * databases of countries alone (`country_code`, `country`, `continent_code`, `continent`), and by the fields that an
 * operator names, of which the first that is there counts. Undefined when it tells none of them.
 */
export function placeOfRecord(
  data: Pick<DataSection, 'find'>,
  offset: number,
  labelFields: readonly (readonly string[])[],
): Place | undefined {
  const first = (paths: readonly (readonly string[])[], isFit: (text: string) => boolean) => {
    for (const path of paths) {
      const text = String(data.find(offset, path) ?? '');
      if (isFit(text)) return text;
    }
    return undefined;
  };
  const country = first(countryFields, isCode);
  const continent = first(continentFields, isCode);
  const label = first(labelFields, (text) => text !== '');
  if (country === undefined && continent === undefined && label === undefined) return undefined;
  return {
    ...(country !== undefined && { country }),
    ...(continent !== undefined && { continent }),
    ...(label !== undefined && { label }),
  };
}

const countryFields = [['country', 'iso_code'], ['country_code'], ['country']];
const continentFields = [['continent', 'code'], ['continent_code'], ['continent']];

/** Some databases have a name there instead. */
const isCode = (text: string) => /^[A-Z]{2}$/.test(text);
