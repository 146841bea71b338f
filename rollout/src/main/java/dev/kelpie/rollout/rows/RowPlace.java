package dev.kelpie.rollout.rows;

/**
 * Where a row lies.
 *
 * @param offset of its first byte
 * @param length bytes
 * @param line line of the file, from 1
 * @param check CRC-32C of the bytes, so that another row in the same place is noticed
 */
public record RowPlace(long offset, int length, int line, int check) {}
