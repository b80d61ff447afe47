/** Messages for the errors of a query. Pure. */
import type { PatternProblem, QueryError, QueryField, QueryKind, QueryProblem } from '../../wire/wire';
import { FIELDS, STATES, isField, kindOf, operatorsOf, type QueryContext } from './fields';

/** An error of a query: message and position. */
export interface QueryFault {
  readonly message: string;
  /** The message up to what was probably meant; all of it where that is not known. */
  readonly lead: string;
  readonly from: number;
  readonly to: number;
  /** Only something is missing at the end: it is being typed. */
  readonly unfinished: boolean;
  /** What was probably meant, in place of `from`..`to`. */
  readonly meant?: string;
}

/** The message of an error. */
export function faultOf(error: QueryError, context: QueryContext): QueryFault {
  const { problem, from, to, unfinished } = error;
  const [lead, meant] = [leadOf(problem, context), meantBy(problem)];
  return { message: whole(lead, meant), lead, from, to, unfinished, ...(meant === null ? {} : { meant }) };
}

/** The message of an error that another machine reported; `null`: a newer machine's, which is not known here. */
export function reportedError(error: QueryError, context: QueryContext): string | null {
  const reported: unknown = error.problem;
  if (typeof reported !== 'object' || reported === null) return null;
  // What a newer machine names is not known here.
  if ('field' in reported && !isField(reported.field)) return null;
  const lead = leadOf(error.problem, context) as string | undefined;
  return lead === undefined ? null : whole(lead, meantBy(error.problem));
}

function meantBy(problem: QueryProblem): string | null {
  return 'meant' in problem ? problem.meant : problem.code === 'fieldElsewhere' ? problem.instead : null;
}

const whole = (lead: string, meant: string | null): string => (meant === null ? lead : `${lead}${meant}?`);

const VALUES: Readonly<Record<QueryKind, string>> = {
  text: 'a text.',
  state: 'a state.',
  count: 'a whole number.',
  percent: 'a percentage. Write 5 or 12.5%.',
  memory: 'an amount of memory. Write 500MB, 2GiB or 10%.',
  rate: 'a rate. Write 500kB, 1MB or 2MB/s.',
  age: 'a time span. Write 30s, 10m, 2h or 1d.',
  temperature: 'a temperature. Write 80 or 80C.',
};

const PATTERNS: Readonly<Record<PatternProblem, string>> = {
  class: 'This pattern cannot be read: a “[” is not closed, or a range runs backwards.',
  group: 'This pattern cannot be read: parentheses do not match. Groups are written (…) or (?:…).',
  repeat: 'This pattern cannot be read: there is nothing to repeat, or a repeat is unfinished.',
  escape: 'This pattern cannot be read: the backslash does not go with what follows it.',
  tooLarge: 'This pattern is too large: it repeats too much.',
};

const PLACES: Readonly<Record<QueryContext, string>> = { processes: 'a process', machines: 'a machine', find: 'what is found' };

/** The message, up to what was probably meant. */
function leadOf(problem: QueryProblem, context: QueryContext): string {
  const fields = `Fields: ${FIELDS[context].join(', ')}.`;
  const advice = (meant: string | null, otherwise: string) => (meant === null ? otherwise : 'Did you mean ');
  switch (problem.code) {
    case 'empty':
      return 'There is nothing to look for. Write a word, cpu>50, mem>2GB or disk>90.';
    case 'tooLong':
      return `A filter has at most ${problem.limit} characters.`;
    case 'tooManyTerms':
      return `A filter has at most ${problem.limit} words and comparisons.`;
    case 'tooDeep':
      return 'This filter is nested too deeply.';
    case 'unclosedParenthesis':
      return 'The “(” is not closed.';
    case 'unopenedParenthesis':
      return 'There is no “(” for this “)”.';
    case 'unclosedQuote':
      return 'The quote is not closed.';
    case 'emptyQuote':
      return 'A word is missing between the quotes.';
    case 'missingAfter':
      return `Something after “${problem.after}” is missing.`;
    case 'missingBefore':
      return problem.before === ')' ? 'Something is missing before this “)”.' : `Something is missing before “${problem.before}”.`;
    case 'missingField':
      return `A field is missing before “${problem.operator}”: ${FIELDS[context].slice(0, 4).join(', ')}, …`;
    case 'missingValue':
      return `A value is missing after “${problem.after}”.`;
    case 'unknownField':
      return `“${problem.word}” is not a field. ${advice(problem.meant, fields)}`;
    case 'fieldElsewhere':
      return `“${problem.field}” is not a field of ${PLACES[context]}. ${advice(problem.instead, fields)}`;
    case 'wrongOperator':
      return `“${problem.operator}” does not go with ${problem.field}. It takes ${operators(problem.field)}`;
    case 'badValue':
      return `“${problem.value}” is not ${VALUES[problem.kind]}`;
    case 'needsUnit':
      return `“${problem.value}” without a unit is a percentage, and past all of the memory. Write ${problem.value}MB or 10%.`;
    case 'unknownState':
      return `“${problem.value}” is not a state. ${advice(problem.meant, `States: ${STATES[context].join(', ')}.`)}`;
    case 'patternTooLong':
      return `This pattern is longer than ${problem.limit} characters.`;
    case 'badPattern':
      return PATTERNS[problem.what];
    case 'hidden':
      return `Asking for ${problem.field} needs the scope “processes”.`;
  }
}

function operators(field: QueryField): string {
  return operatorsOf(kindOf(field)).join(' ');
}
