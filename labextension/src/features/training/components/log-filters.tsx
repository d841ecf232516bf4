import { useEffect, useState } from 'react';
import type { LogFilter, LogLevel, LogLine } from '../../../api';

/** How long to wait after a key before the log is searched. */
const PAUSE_MS = 300;
const STREAMS: [LogLine['stream'], string][] = [
  ['stdout', 'output'],
  ['stderr', 'errors'],
  ['log', 'the job']
];
const LEVELS: [LogLevel, string][] = [
  ['info', 'no debugging'],
  ['warning', 'warnings and errors'],
  ['error', 'errors']
];

interface LogFiltersProps {
  filter: LogFilter;
  /** How many processes the job had so far. */
  sessions: number;
  onChange: (filter: LogFilter) => void;
}

/** Which lines of a log are shown: by words or a pattern, by stream, level and session. */
export function LogFilters({ filter, sessions, onChange }: LogFiltersProps): JSX.Element {
  const [text, setText] = useState('');
  const [isPattern, setIsPattern] = useState(false);
  useEffect(() => {
    const { search = '', regex = '', ...others } = filter;
    const typed = { ...(text && !isPattern ? { search: text } : {}), ...(text && isPattern ? { regex: text } : {}) };
    if ((typed.search ?? '') === search && (typed.regex ?? '') === regex) {
      return undefined;
    }
    const timer = setTimeout(() => {
      onChange({ ...others, ...typed });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text, isPattern, filter, onChange]);
  return (
    <div className="plab-log-filters" role="search">
      <input
        type="search"
        className="plab-log-search"
        aria-label="Search the log"
        placeholder={isPattern ? String.raw`A pattern, such as loss=\d+` : 'Words to search for'}
        value={text}
        maxLength={500}
        onChange={event => {
          setText(event.target.value);
        }}
      />
      <label className="plab-check" title="A regular expression instead of words">
        <input
          type="checkbox"
          checked={isPattern}
          onChange={event => {
            setIsPattern(event.target.checked);
          }}
        />
        Pattern
      </label>
      <Choice
        label="Stream"
        value={filter.stream}
        choices={STREAMS}
        all="all streams"
        onChange={stream => {
          onChange(without({ ...filter, stream }));
        }}
      />
      <Choice
        label="Level"
        value={filter.level}
        choices={LEVELS}
        all="all levels"
        onChange={level => {
          onChange(without({ ...filter, level }));
        }}
      />
      {sessions > 1 && (
        <Choice
          label="Session"
          value={filter.session?.toString()}
          choices={Array.from({ length: sessions }, (_, place) => [String(place + 1), `session ${place + 1}`])}
          all="all sessions"
          onChange={session => {
            onChange(without({ ...filter, session: session === undefined ? undefined : Number(session) }));
          }}
        />
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T | undefined;
  choices: [T, string][];
  all: string;
  onChange: (value: T | undefined) => void;
}

function Choice<T extends string>({ label, value, choices, all, onChange }: ChoiceProps<T>): JSX.Element {
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={event => {
        onChange((event.target.value || undefined) as T | undefined);
      }}
    >
      <option value="">{all}</option>
      {choices.map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </select>
  );
}

/** What is undefined is left out, so that equal filters are equal texts. */
function without(filter: { [Name in keyof LogFilter]: LogFilter[Name] | undefined }): LogFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
