package dev.kelpie.actors.work;

import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.wire.arrow.MappedWeights;
import dev.kelpie.wire.arrow.PublishedWeights;
import dev.kelpie.wire.arrow.WeightFile;
import dev.kelpie.wire.arrow.WeightHash;
import dev.kelpie.wire.arrow.WeightStore;
import dev.kelpie.wire.arrow.WeightsArrow;
import dev.kelpie.wire.file.ChunkedTicket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes the learner's versions of the weights into a folder and serves the newest few. */
final class WeightPublisher {
  private final Path folder;
  private final int kept;
  private final FileExchange bulk;
  private final List<ChunkedTicket> served = new ArrayList<>();
  private @Nullable WeightStore store;
  private @Nullable ChunkedTicket pinned;
  private @Nullable WeightFile newest;

  /**
   * Creates a publisher that is not open.
   *
   * @param kept number of newest versions to keep and serve
   */
  WeightPublisher(Path folder, int kept, FileExchange bulk) {
    this.folder = folder;
    this.kept = kept;
    this.bulk = bulk;
  }

  /** Deletes the versions of an earlier process, which may be newer than the checkpoint. */
  void open() {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clear " + folder, e);
    }
    store = WeightStore.open(folder, kept);
  }

  private WeightStore store() {
    if (store == null) {
      throw new IllegalStateException("the weight store is not open");
    }
    return store;
  }

  /**
   * Writes a version and serves it.
   *
   * @param pin whether it is kept until another one is pinned, however many are newer
   */
  PublishedWeights publish(WeightSnapshot weights, boolean pin) {
    if (pin) {
      store().pin(weights.version());
    }
    WeightFile file = store().write(weights);
    ChunkedTicket ticket = bulk.offer(file);
    pinned = pin ? ticket : pinned;
    served.add(ticket);
    List<ChunkedTicket> old =
        served.subList(0, Math.max(0, served.size() - kept)).stream()
            .filter(one -> !one.equals(pinned))
            .toList();
    old.forEach(bulk::withdraw);
    served.removeAll(old);
    newest = file;
    return PublishedWeights.of(file, ticket);
  }

  /** The versions on disk, oldest first. */
  List<WeightFile> files() {
    return store().files();
  }

  /** The hash of the newest version by its chunks. */
  String weightsSha256() {
    return newest().weightsSha256();
  }

  /** The hash of the newest version by its bytes; reads its file. */
  String policySha256() {
    try (MappedWeights weights = WeightsArrow.open(newest().path())) {
      return WeightHash.of(weights);
    }
  }

  private WeightFile newest() {
    if (newest == null) {
      throw new IllegalStateException("no weights are published");
    }
    return newest;
  }
}
