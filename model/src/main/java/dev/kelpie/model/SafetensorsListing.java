package dev.kelpie.model;

import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Contents of a safetensors file, for people who inspect it. Of a file that {@link SafetensorsFile}
 * refuses, the part of the header that can be read.
 *
 * @param tensors in order of their names
 * @param problem why the file is refused, in one line that names it
 */
public record SafetensorsListing(List<Tensor> tensors, Optional<String> problem) {
  public SafetensorsListing {
    tensors = List.copyOf(tensors);
  }

  /**
   * A tensor as the header has it.
   *
   * @param whole the file reaches to its end
   */
  public record Tensor(String name, String dtype, List<Long> shape, long bytes, boolean whole) {
    public Tensor {
      shape = List.copyOf(shape);
    }

    /** Number of elements. */
    public long elements() {
      return shape.stream().reduce(1L, (a, b) -> a * b);
    }
  }

  /**
   * Inspects {@code file}.
   *
   * @throws CheckpointException when not even its header is readable
   */
  public static SafetensorsListing of(Path file) {
    Optional<String> problem = Optional.empty();
    try {
      SafetensorsFile.open(file).close();
    } catch (CheckpointException e) {
      problem = Optional.of(String.valueOf(e.getMessage()));
    }
    try (FileChannel channel = SafetensorsFile.channel(file)) {
      byte[] json = SafetensorsFile.headerText(file, channel);
      long length = channel.size();
      List<Tensor> tensors =
          SafetensorsHeader.entries(file, json, 8 + json.length).values().stream()
              .map(entry -> tensor(entry, length))
              .toList();
      return new SafetensorsListing(tensors, problem);
    } catch (IOException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    }
  }

  private static Tensor tensor(SafetensorsHeader.Entry entry, long length) {
    return new Tensor(
        entry.name(),
        entry.dtype(),
        entry.shape(),
        entry.end() - entry.begin(),
        entry.end() <= length);
  }
}
