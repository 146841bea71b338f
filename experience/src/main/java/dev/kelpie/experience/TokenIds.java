package dev.kelpie.experience;

import java.util.Arrays;

/** An immutable sequence of token ids, exactly as generated or encoded; never re-tokenised. */
public final class TokenIds {
  private static final TokenIds EMPTY = new TokenIds(new int[0]);

  private final int[] ids;

  private TokenIds(int[] ids) {
    this.ids = ids;
  }

  /** Wraps a copy of {@code ids}. */
  public static TokenIds of(int... ids) {
    return ids.length == 0 ? EMPTY : new TokenIds(ids.clone());
  }

  /** Narrows a copy of {@code ids}; a value outside the int range throws. */
  public static TokenIds of(long[] ids) {
    return new TokenIds(Arrays.stream(ids).mapToInt(Math::toIntExact).toArray());
  }

  /** The sequence without tokens. */
  public static TokenIds empty() {
    return EMPTY;
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /** The id at {@code index}, counted from 0. */
  public int get(int index) {
    return ids[index];
  }

  /** A fresh array of the ids. */
  public int[] toArray() {
    return ids.clone();
  }

  /** A fresh array of the ids as 64-bit integers, the type of id tensors. */
  public long[] toLongArray() {
    return Arrays.stream(ids).asLongStream().toArray();
  }

  /** The tokens {@code from} (included) to {@code to} (excluded). */
  public TokenIds slice(int from, int to) {
    return new TokenIds(Arrays.copyOfRange(ids, from, to));
  }

  /** Copies all ids into {@code target}, starting at {@code offset}. */
  public void copyTo(long[] target, int offset) {
    for (int i = 0; i < ids.length; i++) {
      target[offset + i] = ids[i];
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenIds that && Arrays.equals(ids, that.ids);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  @Override
  public String toString() {
    return Arrays.toString(ids);
  }
}
