// Closes every wisdom's file around fork(). SQLite's connections must not be carried into a child: the locks
// of a POSIX process do not go with it, but SQLite's own count of them does.
#pragma once

namespace sporkle::runtime {

class Wisdom;

struct ForkGuard {
    static void add(Wisdom& wisdom);
    static void remove(Wisdom& wisdom);
};

}  // namespace sporkle::runtime
