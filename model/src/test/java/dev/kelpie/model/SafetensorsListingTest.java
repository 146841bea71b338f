package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.model.architecture.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsListingTest {
  private final Path file;

  SafetensorsListingTest(@TempDir Path folder) {
    this.file = folder.resolve("model.safetensors");
  }

  @Test
  void tellsNamesTypesAndShapes() throws IOException {
    Files.write(file, built());
    SafetensorsListing listing = SafetensorsListing.of(file);
    assertThat(listing.problem()).isEmpty();
    assertThat(listing.tensors())
        .containsExactly(
            new SafetensorsListing.Tensor("a", "F32", List.of(2L, 3L), 24, true),
            new SafetensorsListing.Tensor("b", "F64", List.of(4L), 32, true));
    assertThat(listing.tensors().get(0).elements()).isEqualTo(6);
  }

  @Test
  void stillListsAFileThatWasCut() throws IOException {
    byte[] whole = built();
    Files.write(file, Arrays.copyOf(whole, whole.length - 3));
    SafetensorsListing listing = SafetensorsListing.of(file);
    assertThat(listing.problem().orElse(""))
        .contains("b: truncated, the file ends 3 bytes before it");
    assertThat(listing.tensors())
        .extracting(SafetensorsListing.Tensor::whole)
        .containsExactly(true, false);
  }

  @Test
  void refusesAFileWithoutAReadableHeader() throws IOException {
    Files.write(file, new byte[] {1, 2, 3});
    assertThatThrownBy(() -> SafetensorsListing.of(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("3 bytes (expected: a safetensors file, at least 8)");
  }

  private static byte[] built() {
    SafetensorsBuilder builder = new SafetensorsBuilder();
    builder.put("a", "F32", List.of(2L, 3L));
    builder.put("b", "F64", List.of(4L));
    return builder.build();
  }
}
