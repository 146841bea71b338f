package dev.kelpie.wire.broadcast;

/**
 * What a process holds of a file, as it announces it.
 *
 * @param chunksSha256 names the file
 * @param url address at which it serves them
 * @param held what it holds; nothing when it begins to download the file, or has deleted it
 * @param wants whether it is downloading the rest
 */
public record Holding(String chunksSha256, String url, Ranges held, boolean wants) {}
