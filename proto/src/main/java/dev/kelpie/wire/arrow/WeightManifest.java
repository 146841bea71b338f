package dev.kelpie.wire.arrow;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.wire.file.AtomicFile;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** {@code MANIFEST.json} beside weight files: which there are, and what they hash to. */
final class WeightManifest {
  static final String NAME = "MANIFEST.json";
  private static final int FORMAT_VERSION = 1;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private WeightManifest() {}

  private record Entry(
      String file, String model, long version, long bytes, String sha256, String policySha256) {
    static Entry of(WeightFile file) {
      return new Entry(
          String.valueOf(file.path().getFileName()),
          file.model(),
          file.version().number(),
          file.bytes(),
          file.sha256(),
          file.policySha256());
    }

    WeightFile in(Path folder) {
      return new WeightFile(
          folder.resolve(file), model, new PolicyVersion(version), bytes, sha256, policySha256);
    }
  }

  /** Replaces the manifest of {@code folder}. */
  static void write(Path folder, Collection<WeightFile> files) {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("formatVersion", FORMAT_VERSION);
    manifest.set("files", JSON.valueToTree(files.stream().map(Entry::of).toList()));
    Path path = folder.resolve(NAME);
    try (AtomicFile out = AtomicFile.create(path)) {
      out.write(ByteBuffer.wrap(JSON.writeValueAsBytes(manifest)));
      out.commit();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path + ": " + e.getMessage(), e);
    }
  }

  /** The listed files that are there in full length; none when there is no manifest. */
  static List<WeightFile> read(Path folder) {
    Path path = folder.resolve(NAME);
    if (!Files.exists(path)) {
      return List.of();
    }
    try {
      JsonNode manifest = JSON.readTree(path.toFile());
      if (manifest.path("formatVersion").asInt() != FORMAT_VERSION) {
        throw new CorruptFileException(
            String.format(
                "%s: formatVersion is %s (expected: %s)",
                path, manifest.path("formatVersion"), FORMAT_VERSION));
      }
      List<Entry> entries =
          JSON.convertValue(manifest.path("files"), new TypeReference<List<Entry>>() {});
      List<WeightFile> files = new ArrayList<>();
      for (Entry entry : entries) {
        WeightFile file = entry.in(folder);
        if (Files.isRegularFile(file.path()) && Files.size(file.path()) == file.bytes()) {
          files.add(file);
        }
      }
      return files;
    } catch (IOException | IllegalArgumentException e) {
      throw new CorruptFileException(path + ": not a manifest of weights: " + e.getMessage(), e);
    }
  }
}
