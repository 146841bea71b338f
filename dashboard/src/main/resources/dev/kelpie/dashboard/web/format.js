// Formats numbers, sizes and times.

const SI = ['', 'k', 'M', 'G', 'T'];

/** At most four digits: 0.0123, 1.234, 12.3k. */
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) {
    return '–';
  }
  const size = Math.abs(value);
  if (size >= 10000) {
    const power = Math.min(SI.length - 1, Math.floor(Math.log10(size) / 3));
    return trim((value / 1000 ** power).toPrecision(3)) + SI[power];
  }
  if (size !== 0 && size < 0.001) {
    return value.toExponential(2).replace(/\.?0+e/, 'e');
  }
  return Number.isInteger(value) ? String(value) : trim(value.toPrecision(4));
}

function trim(text) {
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text;
}

export function rate(value) {
  if (!(value > 0)) {
    return '0/s';
  }
  return (value >= 100 ? Math.round(value) : value >= 1 ? value.toFixed(1) : value.toFixed(2)) + '/s';
}

export function bytes(value) {
  if (value < 1000) {
    return Math.round(value) + ' B';
  }
  return value < 1e6 ? (value / 1e3).toFixed(1) + ' kB' : (value / 1e6).toFixed(1) + ' MB';
}

export function mebibytes(value) {
  if (!(value >= 0)) {
    return '–';
  }
  return value >= 10240 ? (value / 1024).toFixed(1) + ' GiB' : Math.round(value) + ' MiB';
}

/** 0.4 s below ten seconds, else as `duration`. */
export function span(millis) {
  return millis < 10000 ? (Math.max(0, millis) / 1000).toFixed(1) + ' s' : duration(millis);
}

/** 41 s, 3 min 20 s, 2 h 5 min. */
export function duration(millis) {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  if (seconds < 60) {
    return seconds + ' s';
  }
  if (seconds < 3600) {
    return Math.floor(seconds / 60) + ' min ' + (seconds % 60) + ' s';
  }
  if (seconds < 86400) {
    return Math.floor(seconds / 3600) + ' h ' + Math.floor((seconds % 3600) / 60) + ' min';
  }
  return Math.floor(seconds / 86400) + ' d ' + Math.floor((seconds % 86400) / 3600) + ' h';
}

export function clock(millis) {
  const time = new Date(millis);
  const sameDay = time.toDateString() === new Date().toDateString();
  const hours = time.toLocaleTimeString([], { hour12: false });
  return sameDay ? hours : time.toISOString().slice(0, 10) + ' ' + hours;
}
