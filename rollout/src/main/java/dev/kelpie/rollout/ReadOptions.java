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
 * @param filter leaves prompts out
 * @param key of the experiment that names the file; empty: that of its place in the block data
 */
public record ReadOptions(
    MetadataColumns metadata,
    KnownHashes hashes,
    ReadProgress progress,
    PromptCheck check,
    String response,
    Map<String, VariantOptions> variants,
    MemberReading members,
    PromptFilter filter,
    String key) {
  /** Keeps every prompt. */
  public static final PromptFilter NO_FILTER = prompt -> PromptFilter.Verdict.KEPT;

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

  /** Leaves prompts out by what is known of them. May be used from several threads. */
  @FunctionalInterface
  public interface PromptFilter {
    /** What becomes of a prompt. */
    enum Verdict {
      KEPT,
      /** It is known, and left out. */
      OUTSIDE,
      /** It is left out because it is not known. */
      UNSEEN
    }

    /** Whether {@code prompt} is kept. */
    Verdict of(Prompt prompt);

    /** What the verdicts depend on, to compare it with that of an earlier start. */
    default Optional<DataFile> data() {
      return Optional.empty();
    }
  }

  /** Accepts every prompt. */
  public ReadOptions(MetadataColumns metadata, KnownHashes hashes, ReadProgress progress) {
    this(
        metadata,
        hashes,
        progress,
        prompt -> Optional.empty(),
        "",
        Map.of(),
        MemberReading.NONE,
        NO_FILTER,
        "");
  }

  /** The same with these columns kept. */
  public ReadOptions keeping(MetadataColumns columns) {
    return new ReadOptions(
        columns, hashes, progress, check, response, variants, members, filter, key);
  }

  /** The same with prompts checked by {@code other}. */
  public ReadOptions checking(PromptCheck other) {
    return new ReadOptions(
        metadata, hashes, progress, other, response, variants, members, filter, key);
  }

  /** The same for supervised training on the responses of {@code column}. */
  public ReadOptions withResponse(String column) {
    return new ReadOptions(
        metadata, hashes, progress, check, column, variants, members, filter, key);
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
        members,
        filter,
        key);
  }

  /** The same with the responses of {@code given}. */
  public ReadOptions withMembers(MemberReading given) {
    return new ReadOptions(
        metadata, hashes, progress, check, response, variants, given, filter, key);
  }

  /** The same with the prompts that {@code other} keeps. */
  public ReadOptions filtering(PromptFilter other) {
    return new ReadOptions(
        metadata, hashes, progress, check, response, variants, members, other, key);
  }

  /** The same of a file that another key of the experiment names. */
  public ReadOptions named(String other) {
    return new ReadOptions(
        metadata, hashes, progress, check, response, variants, members, filter, other);
  }
}
