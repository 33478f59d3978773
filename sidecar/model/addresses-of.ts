import type { Choice } from './answers.ts';

/** All addresses that a choice may answer, whoever asks: distinct, in the order in which they stand there. */
export function addressesOf(choice: Choice): readonly string[] {
  switch (choice.kind) {
    case 'fixed':
    case 'rotate':
      return choice.addresses;
    case 'weighted':
    case 'byHash':
      return distinct(choice.among.map((part) => part.choice));
    case 'byPlace':
    case 'byNet':
      return distinct(choice.choices);
  }
}

const distinct = (choices: readonly Choice[]): readonly string[] => [
  ...new Set(choices.flatMap(addressesOf)),
];
