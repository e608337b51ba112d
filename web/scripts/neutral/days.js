// Calculates the calendar of /neutral, so that it never goes out of date: London's day, sun times, clock changes.

const radians = Math.PI / 180;

/** Returns today's date in London, whatever the phone's time zone, as midnight UTC of that date, in milliseconds.
 * @param {Date} now */
export const londonDay = (now) => {
  const [day, month, year] = now
    .toLocaleDateString('en-GB', { timeZone: 'Europe/London', year: 'numeric', month: '2-digit', day: '2-digit' })
    .split('/');
  return Date.UTC(Number(year), Number(month) - 1, Number(day));
};

/** Returns sunrise and sunset in milliseconds since 1970, by the approximate solar coordinates of the US Naval
 * Observatory (https://aa.usno.navy.mil/faq/sun_approx).
 * @param {number} day midnight in UTC, in milliseconds @param {number} latitude @param {number} longitude in degrees */
export const sunTimes = (day, latitude, longitude) => {
  const { sin, cos } = Math;
  const noon = day / 864e5 - 10957 - longitude / 360; // in days since noon on 1 January 2000
  return [-1, 1].map((side) => {
    const when = noon + side / 4; // roughly the time of sunrise or sunset
    const anomaly = (357.529 + 0.98560028 * when) * radians;
    const ecliptic = (280.459 + 0.98564736 * when + 1.915 * sin(anomaly) + 0.02 * sin(2 * anomaly)) * radians;
    const declination = Math.asin(sin(23.439 * radians) * sin(ecliptic));
    const angle = Math.acos(
      (sin(-0.833 * radians) - sin(latitude * radians) * sin(declination)) /
        (cos(latitude * radians) * cos(declination)),
    );
    const transit = noon + 0.0053 * sin(anomaly) - 0.0069 * sin(2 * ecliptic);
    return (transit + 10957.5 + (side * angle) / radians / 360) * 864e5;
  });
};

/** Returns the last Sundays of March and October, when the clocks change, in milliseconds.
 * @param {number} year @returns {number[]} */
export const clockChanges = (year) =>
  [2, 9].map((month) => {
    const last = new Date(Date.UTC(year, month, 31));
    return last.setUTCDate(31 - last.getUTCDay());
  });
