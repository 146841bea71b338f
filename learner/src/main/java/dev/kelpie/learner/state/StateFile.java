package dev.kelpie.learner.state;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.model.Parameters;
import dev.kelpie.model.SafetensorsFile;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Several {@link Parameters} in one safetensors file, each tensor as {@code PREFIX/NAME}. */
public final class StateFile {
  /** Parameters of which those with the given names are kept. */
  public record Part(Parameters parameters, Predicate<String> names) {
    public static Part all(Parameters parameters) {
      return new Part(parameters, name -> true);
    }
  }

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int CHUNK_BYTES = 1 << 20;

  private StateFile() {}

  public static void write(Path file, Map<String, Part> parts) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    long offset = 0;
    for (Map.Entry<String, ByteBuffer> tensor : tensors(parts).entrySet()) {
      ObjectNode entry = header.putObject(tensor.getKey());
      entry.put("dtype", "F32");
      entry.putArray("shape").add(tensor.getValue().capacity() / 4);
      long end = offset + tensor.getValue().capacity();
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = JSON.writeValueAsBytes(header);
    int padded = (json.length + 7) / 8 * 8;
    ByteBuffer start = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(padded).put(json);
    start.put(" ".repeat(padded - json.length).getBytes(StandardCharsets.UTF_8)).flip();
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writeFully(channel, start);
      for (ByteBuffer bytes : tensors(parts).values()) {
        writeFully(channel, bytes);
      }
      channel.force(true);
    }
  }

  /** Fills {@code parts} from {@code file}, which must have exactly their tensors. */
  public static void read(Path file, Map<String, Part> parts) {
    Map<String, ByteBuffer> tensors = tensors(parts);
    try (SafetensorsFile from = SafetensorsFile.open(file)) {
      Set<String> names = new HashSet<>(from.names());
      if (!names.equals(tensors.keySet())) {
        names.removeAll(tensors.keySet());
        throw new CheckpointException(
            String.format(
                Locale.ROOT,
                "%s: tensors of another experiment: %s too many (expected: the %s of this one)",
                file,
                names.size(),
                tensors.size()));
      }
      tensors.forEach(
          (name, bytes) -> {
            if (from.shape(name).get(0) * 4 != bytes.capacity()) {
              throw new CheckpointException(
                  String.format(
                      Locale.ROOT,
                      "%s: %s: %s numbers (expected: %s)",
                      file,
                      name,
                      from.shape(name).get(0),
                      bytes.capacity() / 4));
            }
            from.read(name, CHUNK_BYTES, bytes::put);
          });
    }
  }

  private static Map<String, ByteBuffer> tensors(Map<String, Part> parts) {
    Map<String, ByteBuffer> tensors = new LinkedHashMap<>();
    parts.forEach(
        (prefix, part) ->
            part.parameters().layout().shapes().keySet().stream()
                .filter(part.names())
                .forEach(name -> tensors.put(prefix + "/" + name, part.parameters().bytes(name))));
    return tensors;
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
