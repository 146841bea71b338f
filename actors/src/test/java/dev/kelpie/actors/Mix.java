package dev.kelpie.actors;

/** A hash of numbers in order: any other number or order gives another hash. */
final class Mix {
  private Mix() {}

  static long of(long... numbers) {
    long hash = 0x9E3779B97F4A7C15L;
    for (long number : numbers) {
      hash = (hash ^ number) * 0xBF58476D1CE4E5B9L;
      hash ^= hash >>> 29;
    }
    return hash;
  }
}
