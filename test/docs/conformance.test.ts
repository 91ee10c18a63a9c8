import { describe, expect, it } from 'vitest';
import { openRows, statusOf, strayNumbers } from './conformance.ts';
import { ATTACKS, DEVIATIONS, REQUIREMENTS } from './requirements.ts';
import { numbersIn, titlesIn } from './titles.ts';

const all = REQUIREMENTS.flatMap(({ requirements }) => requirements);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('the rows', () => {
  it('are 118 requirements and 46 attacks, each complete', () => {
    expect(all.map(({ number }) => number)).toEqual(upTo(118));
    expect(ATTACKS.map(({ number }) => number)).toEqual(upTo(46));
    const incomplete = all.filter(({ section, level, place, text }) => !section || !level || !place || !text);
    expect(incomplete).toEqual([]);
    expect(ATTACKS.filter(({ attack, answer }) => !attack || !answer)).toEqual([]);
    expect([...DEVIATIONS.keys()].filter((number) => number > all.length)).toEqual([]);
  });

  it('have a test each, unless a browser alone can obey them', () => {
    expect(openRows()).toEqual([]);
  });

  it('are all that titles name', () => {
    expect(strayNumbers()).toEqual([]);
  });

  it('are open without a test, wherever a test can be', () => {
    const [engine, browser] = (['engine', 'browser'] as const).map((place) =>
      all.find((requirement) => requirement.place === place),
    );
    expect(statusOf(engine!, [])).toBe('open');
    expect(statusOf(browser!, [])).toBe('the browser’s');
    expect(statusOf(engine!, [{ title: 'x', path: 'y' }])).toBe('met');
  });
});

describe('the numbers of a title', () => {
  it.each([
    ['plain', [], []],
    ['one (#44)', [44], []],
    ['several (#3, #28, attack 18)', [3, 28], [18]],
    ['a range (#15-#19, #22)', [15, 16, 17, 18, 19, 22], []],
    ['attacks (attacks 1, 2, 3)', [], [1, 2, 3]],
    ['not a version (attack 3, Autobahn 9.3.1)', [], [3]],
    ['two brackets (#1) and (attack 28): %s', [1], [28]],
    ['no brackets #44, attack 6', [], []],
  ])('%s', (title, requirements, attacks) => {
    expect(numbersIn(title)).toEqual({ requirements, attacks });
  });
});

describe('the titles of a file', () => {
  const full = (source: string): string[] => titlesIn(source).map((title) => title.full);

  it('are those of tests, templates and tables of cases, but no comments', () => {
    const source = `
      // it('old (#1)')
      it.each([['case (#2)', 1]])('%s', () => {});
      it(\`made \${of} parts (#3)\`, () => {});
      describe('group (attack 4)', () => {});
      const name = 'nothing';
    `;
    expect(titlesIn(source).map(({ own }) => own)).toEqual([
      'case (#2)',
      'made … parts (#3)',
      'group (attack 4)',
    ]);
    expect(titlesIn("it('nothing here', () => {})")).toEqual([]);
  });

  it('have the titles of all groups around them in front', () => {
    const source = `
      describe('a line', () => {
        describe.each(WAYS)('%s', () => {
          describe('that is lost', () => {
            it.skipIf(x)('ends (#1)', () => {});
            describe('at once (#2)', () => {});
          });
        });
        it('opens (#3)', () => {});
      });
      it('stands alone (#4)', () => {});
    `;
    const titles = [
      'a line that is lost ends (#1)',
      'a line that is lost at once (#2)',
      'a line opens (#3)',
      'stands alone (#4)',
    ];
    expect(full(source)).toEqual(titles);
  });

  it('show … for values, and a case in its place', () => {
    const source = `
      describe('a URL', () => {
        it.each(CASES)('is not %j, because of $fault.name (#1)', () => {});
        it.each([['a space (#2)']])('is refused for %s: %d', () => {});
        it.each([['a tab (#3)']])('is refused', () => {});
        it.each(CASES)('%s is none (#4)', () => {});
        attack('a bomb (#5)', {});
      });
    `;
    const titles = [
      'a URL is not …, because of … (#1)',
      'a URL is refused for a space (#2): …',
      'a URL is refused: a tab (#3)',
      'a URL: … is none (#4)',
      'a URL: a bomb (#5)',
    ];
    expect(full(source)).toEqual(titles);
  });
});
