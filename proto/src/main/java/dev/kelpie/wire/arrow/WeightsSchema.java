package dev.kelpie.wire.arrow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.Sha256;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** Columns and metadata of a weight file. */
final class WeightsSchema {
  static final String KIND = "weights";
  static final int FORMAT_VERSION = 2;

  /** Tensors and policy are hashed as a whole in it. */
  static final int EARLIER_FORMAT_VERSION = 1;

  static final List<Field> FIELDS =
      List.of(
          Columns.of("tensor", Columns.TEXT),
          Columns.of("chunk", Columns.INT32),
          Columns.of("offset", Columns.INT64),
          Columns.of("bytes", Columns.LARGE_BINARY));
  private static final ObjectMapper JSON = new ObjectMapper();

  private WeightsSchema() {}

  /** A tensor with the hash of its bytes, as the metadata lists it. */
  record Entry(String name, String dtype, List<Long> shape, String sha256) {
    static Entry of(Tensor tensor, String sha256) {
      return new Entry(tensor.name(), tensor.dtype(), tensor.shape(), sha256);
    }

    Tensor tensor() {
      return new Tensor(name, dtype, shape);
    }
  }

  /**
   * The content of the metadata.
   *
   * @param sha256 hash of the weights, see {@link ChunkedWeightHash}; in the earlier format {@link
   *     WeightHash}
   */
  record Header(
      int formatVersion,
      String model,
      PolicyVersion version,
      OptionalLong parent,
      List<Entry> entries,
      String sha256) {
    /** Whether tensors and weights have the hashes of their chunks. */
    boolean chunked() {
      return formatVersion > EARLIER_FORMAT_VERSION;
    }
  }

  /** The schema at the file's start, when no hash is known. */
  static Schema opening(WeightSnapshot weights) {
    return Columns.schema(KIND, FORMAT_VERSION, FIELDS, identity(weights));
  }

  /** The schema in the file's footer. */
  static Schema closing(WeightSnapshot weights, List<Entry> entries, String weightsSha256) {
    Map<String, String> metadata = identity(weights);
    metadata.put("weights-sha256", weightsSha256);
    try {
      metadata.put("tensors", JSON.writeValueAsString(entries));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("tensors that are not JSON", e);
    }
    return Columns.schema(KIND, FORMAT_VERSION, FIELDS, metadata);
  }

  private static Map<String, String> identity(WeightSnapshot weights) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("model", weights.model());
    metadata.put("version", Long.toString(weights.version().number()));
    weights.parent().ifPresent(parent -> metadata.put("parent", Long.toString(parent)));
    metadata.put(
        "dtype",
        weights.tensors().stream()
            .map(Tensor::dtype)
            .distinct()
            .sorted()
            .collect(Collectors.joining(",")));
    return metadata;
  }

  /** Reads the footer's schema; throws IllegalArgumentException where it lacks something. */
  static Header header(Schema schema) {
    Map<String, String> metadata = schema.getCustomMetadata();
    String parent = metadata.get("parent");
    List<Entry> entries;
    try {
      entries = JSON.readValue(required(metadata, "tensors"), new TypeReference<>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("metadata 'tensors' is not a list of tensors", e);
    }
    int formatVersion = Integer.parseInt(required(metadata, MappedArrow.FORMAT_VERSION));
    boolean chunked = formatVersion > EARLIER_FORMAT_VERSION;
    return new Header(
        formatVersion,
        required(metadata, "model"),
        new PolicyVersion(Long.parseLong(required(metadata, "version"))),
        parent == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(parent)),
        new ArrayList<>(entries),
        Sha256.requireHex(required(metadata, chunked ? "weights-sha256" : "policy-sha256")));
  }

  private static String required(Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new IllegalArgumentException("metadata '" + key + "' is missing");
    }
    return value;
  }
}
