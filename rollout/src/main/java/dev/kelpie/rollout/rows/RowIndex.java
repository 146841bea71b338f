package dev.kelpie.rollout.rows;

import java.nio.ByteBuffer;

/** The places of the rows of a file, with two numbers of the reader's own for each row. */
public final class RowIndex {
  private static final int RECORD_BYTES = 32;
  private final Records records = new Records(RECORD_BYTES);

  /**
   * Appends a row.
   *
   * @param first a number that the reader wants to keep
   * @param second another one
   */
  public void add(RowPlace place, int first, int second) {
    long index = records.size();
    records.grow(index + 1);
    int at = records.at(index);
    records
        .chunk(index)
        .putLong(at, place.offset())
        .putInt(at + 8, place.length())
        .putInt(at + 12, place.line())
        .putInt(at + 16, place.check())
        .putInt(at + 20, first)
        .putInt(at + 24, second);
  }

  /** Ends the growth of the index, which can still be read. */
  public void close() {
    records.close();
  }

  /** Gives up the index and the room of its temporary file; it is not to be read any more. */
  public void discard() {
    records.discard();
  }

  /** Number of rows. */
  public int size() {
    return (int) records.size();
  }

  /** The place of row {@code index}. */
  public RowPlace place(int index) {
    ByteBuffer chunk = records.chunk(index);
    int at = records.at(index);
    return new RowPlace(
        chunk.getLong(at), chunk.getInt(at + 8), chunk.getInt(at + 12), chunk.getInt(at + 16));
  }

  /** The first number of row {@code index}. */
  public int first(int index) {
    return records.chunk(index).getInt(records.at(index) + 20);
  }

  /** The second number of row {@code index}. */
  public int second(int index) {
    return records.chunk(index).getInt(records.at(index) + 24);
  }
}
