package dev.kelpie.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.files.InputFile;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Writes a checkpoint folder. Every file is written under a temporary name, forced to disk and then
 * renamed, the configuration last: a folder with {@code config.json} is complete.
 */
final class CheckpointWriter {
  static final long SHARD_BYTES = 5_000_000_000L;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int MOST_CONFIG_BYTES = 1 << 20;
  private static final int MOST_COPIED_BYTES = 1 << 30;
  private static final List<String> COPIED =
      List.of(
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "tokenizer.model",
          "chat_template.jinja");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final String dtype;
  private final long shardBytes;
  private final Consumer<ObjectNode> description;
  private final UnaryOperator<String> stored;

  /**
   * @param shardBytes above this size of all tensors, they are spread over files of at most this
   *     size (or of one tensor, if that is larger)
   */
  CheckpointWriter(Path folder, String dtype, long shardBytes) {
    this(folder, dtype, shardBytes, config -> {}, name -> name);
  }

  /**
   * The same whose configuration differs from the source's.
   *
   * @param description changes the configuration
   * @param stored names of parameters to those of tensors
   */
  CheckpointWriter(
      Path folder,
      String dtype,
      long shardBytes,
      Consumer<ObjectNode> description,
      UnaryOperator<String> stored) {
    Dtypes.require(dtype);
    this.folder = folder;
    this.dtype = dtype;
    this.shardBytes = shardBytes;
    this.description = description;
    this.stored = stored;
  }

  void write(WeightSnapshot weights, Path source) {
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(folder.resolve("config.json"));
      List<List<Tensor>> shards = shards(weights.tensors());
      SortedMap<String, String> fileOf = new TreeMap<>();
      for (int i = 0; i < shards.size(); i++) {
        String name = shardName(i, shards.size());
        shards.get(i).forEach(tensor -> fileOf.put(stored.apply(tensor.name()), name));
        List<Tensor> shard = shards.get(i);
        replace(name, channel -> writeShard(channel, weights, shard));
      }
      removeOthers(fileOf);
      if (shards.size() > 1) {
        replaceText(ShardIndex.INDEX, index(weights.tensors(), fileOf));
      }
      for (String name : COPIED) {
        copy(source, name);
      }
      copyTemplates(source);
      replaceText("config.json", config(source));
      forceFolder();
    } catch (IOException e) {
      throw new CheckpointException(folder + ": " + e, e);
    }
  }

  /**
   * Writes the tensors {@code adapter} and {@code settings} as an adapter's folder, with the
   * configuration and tokenizer of {@code source}; {@code adapter_config.json} is the last file.
   */
  void writeAdapter(WeightSnapshot adapter, String settings, Path source) {
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(folder.resolve(Checkpoint.ADAPTER_SETTINGS));
      replace(
          Checkpoint.ADAPTER_TENSORS, channel -> writeShard(channel, adapter, adapter.tensors()));
      for (String name : COPIED) {
        copy(source, name);
      }
      copyTemplates(source);
      copy(source, "config.json");
      replaceText(Checkpoint.ADAPTER_SETTINGS, settings);
      forceFolder();
    } catch (IOException e) {
      throw new CheckpointException(folder + ": " + e, e);
    }
  }

  private List<List<Tensor>> shards(List<Tensor> tensors) {
    List<List<Tensor>> shards = new ArrayList<>();
    long bytes = 0;
    for (Tensor tensor : tensors) {
      long more = tensor.elements() * Dtypes.bytes(dtype);
      if (shards.isEmpty() || bytes + more > shardBytes) {
        shards.add(new ArrayList<>());
        bytes = 0;
      }
      shards.get(shards.size() - 1).add(tensor);
      bytes += more;
    }
    return shards;
  }

  private static String shardName(int index, int count) {
    return count == 1
        ? ShardIndex.SINGLE
        : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", index + 1, count);
  }

  private void writeShard(FileChannel channel, WeightSnapshot weights, List<Tensor> tensors)
      throws IOException {
    ObjectNode header = JSON.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (Tensor tensor : tensors) {
      ObjectNode entry = header.putObject(stored.apply(tensor.name()));
      entry.put("dtype", dtype);
      tensor.shape().forEach(entry.withArray("shape")::add);
      if (tensor.shape().isEmpty()) {
        entry.putArray("shape");
      }
      long end = offset + tensor.elements() * Dtypes.bytes(dtype);
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = JSON.writeValueAsBytes(header);
    int padded = (json.length + 7) / 8 * 8; // tensors start at a multiple of 8
    ByteBuffer start = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(padded).put(json);
    while (start.hasRemaining()) {
      start.put((byte) ' ');
    }
    writeFully(channel, start.flip());
    for (Tensor tensor : tensors) {
      weights.read(
          tensor,
          CHUNK_BYTES,
          chunk -> {
            try {
              writeFully(channel, Dtypes.convert(chunk, tensor.dtype(), dtype));
            } catch (IOException e) {
              throw new CheckpointException(folder + ": " + tensor.name() + ": " + e, e);
            }
          });
    }
  }

  private String index(List<Tensor> tensors, SortedMap<String, String> fileOf) throws IOException {
    ObjectNode index = JSON.createObjectNode();
    long elements = tensors.stream().mapToLong(Tensor::elements).sum();
    index.putObject("metadata").put("total_size", elements * Dtypes.bytes(dtype));
    ObjectNode map = index.putObject("weight_map");
    fileOf.forEach(map::put);
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(index);
  }

  /** The source's configuration with the dtype of these weights, under the key it uses. */
  private String config(Path source) throws IOException {
    ObjectNode config =
        (ObjectNode)
            JSON.readTree(InputFile.readText(source.resolve("config.json"), MOST_CONFIG_BYTES));
    config.put(config.has("torch_dtype") ? "torch_dtype" : "dtype", Dtypes.torchName(dtype));
    description.accept(config);
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(config);
  }

  private void copy(Path source, String name) throws IOException {
    Path file = source.resolve(name);
    if (Files.isRegularFile(file)) {
      byte[] bytes = InputFile.readBytes(file, MOST_COPIED_BYTES);
      replace(name, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
    }
  }

  /** The chat templates that have names, such as {@code tool_use}. */
  private void copyTemplates(Path source) throws IOException {
    Path templates = source.resolve(ChatTemplate.FOLDER);
    if (!Files.isDirectory(templates)) {
      return;
    }
    Files.createDirectories(folder.resolve(ChatTemplate.FOLDER));
    for (Path template : ChatTemplate.additional(source)) {
      copy(source, source.relativize(template).toString());
    }
  }

  private void replaceText(String name, String text) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text + "\n");
    replace(name, channel -> writeFully(channel, bytes));
  }

  private void replace(String name, Content content) throws IOException {
    Path temporary = folder.resolve(name + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      content.write(channel);
      channel.force(true);
    } catch (Throwable e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    Files.move(
        temporary,
        folder.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Weights of an older checkpoint would be read in place of, or beside, the new ones. */
  private void removeOthers(Map<String, String> fileOf) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      for (Path path : paths.toList()) {
        String name = path.getFileName().toString();
        boolean weights =
            name.equals(ShardIndex.INDEX) || name.matches("model(-\\d+-of-\\d+)?\\.safetensors");
        if (weights && !fileOf.containsValue(name)) {
          Files.delete(path);
        }
      }
    }
  }

  private void forceFolder() throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private interface Content {
    void write(FileChannel channel) throws IOException;
  }
}
