/** How actor systems start, and what is loaded before they do. */
@NullMarked
package dev.kelpie.actors.systems;

import org.jspecify.annotations.NullMarked;
