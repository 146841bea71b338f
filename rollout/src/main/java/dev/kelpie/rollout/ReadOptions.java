package dev.kelpie.rollout;

import dev.kelpie.config.named.VariantOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.rollout.rows.FileStamp;
import dev.kelpie.rollout.rows.ReadProgress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How a data file is read.
 *
 * @param metadata the columns without a meaning of their own that are kept
 * @param hashes hashes that were computed before
 * @param progress is called while the file is read
 * @param check refuses prompts; is called from several threads
 * @param response the column of responses that the chat template writes behind the prompt, where
 *     {@code data.chat} is set; empty: none
 * @param variants other templates of the prompts, by name
 * @param members the members whose responses the rows bring along
 */
public record ReadOptions(
    MetadataColumns metadata,
    KnownHashes hashes,
    ReadProgress progress,
    PromptCheck check,
    String response,
    Map<String, VariantOptions> variants,
    MemberReading members) {
  /** Knows no hash, so that it is computed. */
  public static final KnownHashes NO_KNOWN_HASH = (file, stamp) -> Optional.empty();

  /** For readers that need no hash. */
  public static final KnownHashes NO_HASH = (file, stamp) -> Optional.of("");

  /** Keeps all columns, knows no hash and reports nothing. */
  public static final ReadOptions DEFAULTS =
      new ReadOptions(MetadataColumns.ALL, NO_KNOWN_HASH, ReadProgress.NONE);

  /** Finds the hash of a file that is still what it was. */
  @FunctionalInterface
  public interface KnownHashes {
    /** SHA-256 of {@code file} when it had this stamp, if that is known. */
    Optional<String> find(Path file, FileStamp stamp);
  }

  /** Finds what is wrong with a prompt. */
  @FunctionalInterface
  public interface PromptCheck {
    /** What is wrong, for the line that names the row; nothing where the prompt is right. */
    Optional<String> problem(Prompt prompt);
  }

  /** Accepts every prompt. */
  public ReadOptions(MetadataColumns metadata, KnownHashes hashes, ReadProgress progress) {
    this(metadata, hashes, progress, prompt -> Optional.empty(), "", Map.of(), MemberReading.NONE);
  }

  /** The same with these columns kept. */
  public ReadOptions keeping(MetadataColumns columns) {
    return new ReadOptions(columns, hashes, progress, check, response, variants, members);
  }

  /** The same with prompts checked by {@code other}. */
  public ReadOptions checking(PromptCheck other) {
    return new ReadOptions(metadata, hashes, progress, other, response, variants, members);
  }

  /** The same for supervised training on the responses of {@code column}. */
  public ReadOptions withResponse(String column) {
    return new ReadOptions(metadata, hashes, progress, check, column, variants, members);
  }

  /** The same with every prompt under these other templates too; keeps the columns they name. */
  public ReadOptions withVariants(Map<String, VariantOptions> others) {
    return new ReadOptions(
        metadata.and(VariantReading.columns(others)),
        hashes,
        progress,
        check,
        response,
        others,
        members);
  }

  /** The same with the responses of {@code given}. */
  public ReadOptions withMembers(MemberReading given) {
    return new ReadOptions(metadata, hashes, progress, check, response, variants, given);
  }
}
