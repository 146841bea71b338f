package dev.kelpie.cli.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.kelpie.experience.Origin;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.files.InputFile;
import dev.kelpie.rollout.DataFile;
import dev.kelpie.rollout.ReadFile;
import dev.kelpie.rollout.rows.FileStamp;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;

/** Reads the policy's own samples of recorded steps; those of members are passed over. */
final class RecordedSamples {
  private final Taker taker;
  private final MessageDigest digest = Sha256.digest();
  private long bytes;
  private int samples;

  /** Takes the samples. */
  @FunctionalInterface
  interface Taker {
    /**
     * Takes the next sample.
     *
     * @param place file and step that the sample is from, in words
     */
    void take(ScoredTrajectory sample, String place);
  }

  private RecordedSamples(Taker taker) {
    this.taker = taker;
  }

  /**
   * Reads all steps of a folder {@code rollouts}, in their order, or the one of a file {@code
   * step-N.arrow}.
   *
   * @return what identifies them, with the number of samples as rows
   * @throws RuntimeException when a file is torn or of another kind
   */
  static DataFile read(Path path, Taker taker) throws IOException {
    RecordedSamples read = new RecordedSamples(taker);
    if (Files.isDirectory(path)) {
      SampleFiles run = new SampleFiles(path);
      for (long step : run.steps()) {
        read.add(run.read(step).groups(), path + ", step " + step);
        read.hash(run.file(step));
      }
    } else {
      InputFile.requireRegular(path);
      read.add(TrajectoryArrow.readScored(path).groups(), path.toString());
      read.hash(path);
    }
    FileStamp stamp = FileStamp.of(path);
    // Whether anything within a folder has changed shows in no age of its own.
    FileStamp all = new FileStamp(read.bytes, stamp.modified(), "", stamp.file());
    return new ReadFile(path, all, Sha256.hex(read.digest), read.samples, List.of());
  }

  private void add(List<TrajectoryGroup> groups, String place) {
    for (TrajectoryGroup group : groups) {
      for (ScoredTrajectory sample : group.members()) {
        if (sample.trajectory().origin().member().equals(Origin.POLICY_MEMBER)) {
          samples++;
          taker.take(sample, place);
        }
      }
    }
  }

  private void hash(Path file) throws IOException {
    bytes += Files.size(file);
    digest.update((file.getFileName() + " " + Sha256.of(file) + "\n").getBytes(UTF_8));
  }
}
