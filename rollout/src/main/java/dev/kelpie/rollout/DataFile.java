package dev.kelpie.rollout;

import dev.kelpie.rollout.rows.FileStamp;
import java.nio.file.Path;
import java.util.List;

/** A file that a run takes rows from, as far as a later start of the run compares it. */
public interface DataFile {
  /** The file; a folder of files counts as one. */
  Path file();

  /** Size and age when it was opened. */
  FileStamp stamp();

  /** SHA-256 of its text, unpacked. */
  String sha256();

  /** Rows of the file, those that are left out included. */
  int rows();

  /** Rows that are used. */
  long size();

  /** The line of the used row at {@code place} in the order of the file. */
  int line(int place);

  /** A check sum for each block of {@code rows} used rows; none where rows are not compared. */
  List<Integer> checks(int rows);
}
