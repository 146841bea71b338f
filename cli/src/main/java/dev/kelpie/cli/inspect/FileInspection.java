package dev.kelpie.cli.inspect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.SafetensorsListing;
import dev.kelpie.runs.Sizes;
import dev.kelpie.wire.arrow.ArrowListing;
import dev.kelpie.wire.arrow.MappedWeights;
import dev.kelpie.wire.arrow.WeightHash;
import dev.kelpie.wire.arrow.WeightsArrow;
import dev.kelpie.wire.file.Manifest;
import dev.kelpie.wire.file.Sha256;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Inspects one file: Arrow IPC or safetensors. */
final class FileInspection {
  private FileInspection() {}

  /** An Arrow file: columns, first rows; for weights also tensors, their hashes checked. */
  static Inspection arrow(Path file, int rows) {
    Inspection seen = new Inspection(file, "arrow file");
    sizeAndHash(seen, file);
    seen.attempt(() -> addArrow(seen, ArrowListing.of(file, rows), file));
    return seen;
  }

  /** A safetensors file. */
  static Inspection safetensors(Path file) {
    Inspection seen = new Inspection(file, "safetensors file");
    sizeAndHash(seen, file);
    seen.attempt(() -> addTensors(seen, SafetensorsListing.of(file)));
    return seen;
  }

  /** The tensors of a safetensors file, whole or not. */
  static void addTensors(Inspection seen, SafetensorsListing listing) {
    listing.problem().ifPresent(seen::problem);
    ObjectNode facts = seen.facts();
    long elements = listing.tensors().stream().mapToLong(t -> t.elements()).sum();
    facts.put("numbers", facts.path("numbers").asLong(0) + elements);
    ArrayNode tensors = facts.withArray("tensors");
    for (SafetensorsListing.Tensor tensor : listing.tensors()) {
      ObjectNode node =
          addTensor(tensors, tensor.name(), tensor.dtype(), tensor.shape(), tensor.bytes());
      if (!tensor.whole()) {
        node.put("state", "cut off");
      }
    }
  }

  private static ObjectNode addTensor(
      ArrayNode tensors, String name, String dtype, List<Long> shape, long bytes) {
    ObjectNode node = tensors.addObject().put("name", name).put("dtype", dtype);
    shape.forEach(node.putArray("shape")::add);
    return node.put("bytes", bytes);
  }

  private static void sizeAndHash(Inspection seen, Path file) {
    seen.facts().put("bytes", Sizes.of(file));
    seen.attempt(
        () -> {
          seen.facts().put("sha256", Sha256.of(file));
          Path whole = file.toAbsolutePath().normalize();
          if (whole.getParent() != null) {
            compare(seen, whole, whole.getParent());
          }
        });
  }

  /** Compares a file with the manifest beside it, if that lists the file. */
  private static void compare(Inspection seen, Path file, Path folder) {
    Optional<Manifest> manifest = Manifest.in(folder);
    Optional<Manifest.Entry> entry = manifest.flatMap(listed -> listed.find(file));
    if (manifest.isPresent() && entry.isPresent()) {
      Optional<Manifest.Damage> damage = manifest.get().check(entry.get());
      damage.ifPresent(found -> seen.problem(found.toString()));
      seen.facts().put("sha256-by-manifest", damage.isEmpty() ? "the same" : entry.get().sha256());
    }
  }

  /** Adds a file of a manifest to {@code files}, and its damage to the problems. */
  static void add(
      Inspection seen, ArrayNode files, Manifest.Entry entry, Optional<Manifest.Damage> damage) {
    damage.ifPresent(found -> seen.problem(found.toString()));
    files
        .addObject()
        .put("file", entry.path())
        .put("bytes", entry.bytes())
        .put("state", damage.isEmpty() ? "as written" : "broken")
        .put("sha256", entry.sha256());
  }

  private static void addArrow(Inspection seen, ArrowListing listing, Path file) {
    ObjectNode facts = seen.facts();
    listing.kind().ifPresent(kind -> facts.put("content", kind));
    listing.formatVersion().ifPresent(version -> facts.put("format-version", version));
    facts.put("rows", listing.rows()).put("record-batches", listing.batches());
    listing.problem().ifPresent(seen::problem);
    if (listing.kind().equals(Optional.of("weights")) && listing.problem().isEmpty()) {
      seen.attempt(() -> addWeights(seen, file));
    } else {
      Map<String, String> own = new LinkedHashMap<>(listing.metadata());
      own.keySet().removeIf(key -> key.startsWith("kelpie."));
      own.forEach((key, value) -> facts.withObject("/metadata").put(key, value));
    }
    ArrayNode columns = facts.putArray("columns");
    for (ArrowListing.Column column : listing.columns()) {
      columns
          .addObject()
          .put("name", column.name())
          .put("type", column.type())
          .put("may-be-missing", column.optional());
    }
    if (!listing.first().isEmpty()) {
      ObjectNode rows = facts.putObject("first-rows");
      for (int i = 0; i < listing.first().size(); i++) {
        rows.set("row " + i, Inspection.JSON.valueToTree(shown(listing.first().get(i))));
      }
    }
  }

  /** Bytes are shown by their number. */
  private static Map<String, @Nullable Object> shown(Map<String, @Nullable Object> row) {
    Map<String, @Nullable Object> cells = new LinkedHashMap<>();
    row.forEach(
        (name, cell) ->
            cells.put(name, cell instanceof ArrowListing.Binary b ? b.bytes() + " bytes" : cell));
    return cells;
  }

  private static void addWeights(Inspection seen, Path file) {
    try (MappedWeights weights = WeightsArrow.open(file)) {
      ObjectNode facts = seen.facts();
      facts.put("model", weights.model()).put("version", weights.version().number());
      weights.parent().ifPresent(parent -> facts.put("parent", parent));
      String key = weights.chunked() ? "weights-sha256" : "policy-sha256";
      facts.put(key, weights.sha256());
      boolean same = seen.attempt(weights::verify);
      facts.put(key + "-checked", same ? "the same" : "another");
      if (weights.chunked()) {
        facts.put("policy-sha256", WeightHash.of(weights));
      }
      facts.put("numbers", weights.tensors().stream().mapToLong(t -> t.elements()).sum());
      addTensors(facts, weights.tensors());
    }
  }

  /** The tensors of weights. */
  static void addTensors(ObjectNode facts, List<WeightSnapshot.Tensor> weights) {
    ArrayNode tensors = facts.withArray("tensors");
    for (WeightSnapshot.Tensor tensor : weights) {
      addTensor(tensors, tensor.name(), tensor.dtype(), tensor.shape(), tensor.bytes());
    }
  }
}
