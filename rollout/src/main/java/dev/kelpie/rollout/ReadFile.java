package dev.kelpie.rollout;

import dev.kelpie.rollout.rows.FileStamp;
import dev.kelpie.rollout.rows.RowPlace;
import java.nio.file.Path;
import java.util.List;

/**
 * A file whose rows were all read and are all used.
 *
 * @param places of its rows, in the order of the file; empty where rows are not compared
 */
public record ReadFile(Path file, FileStamp stamp, String sha256, int rows, List<RowPlace> places)
    implements DataFile {
  public ReadFile {
    places = List.copyOf(places);
  }

  @Override
  public long size() {
    return places.size();
  }

  @Override
  public int line(int place) {
    return places.get(place).line();
  }

  @Override
  public List<Integer> checks(int rows) {
    return CheckSums.ofBlocks(places.size(), rows, places::get);
  }
}
