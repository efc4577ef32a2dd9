// Wisdom: what was measured on this machine, remembered between processes.
//
// It is a help, never a condition: nothing here throws. A file that cannot be used is reported to the log
// once and done without; a corrupt one is set aside and a new one begun. Several processes may use one file
// at once. A process that is killed loses at most the measurement in flight. The file is closed across
// fork(), since SQLite's locks do not survive one, and opened again by whoever needs it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sporkle/hash.hpp>

#include "runtime/log.hpp"

namespace sporkle::runtime {

class Database;

/// One workload of one kernel on one machine.
struct WisdomKey {
    Hash content;  ///< of everything that the bundles hold of the kernel: a changed kernel is another one
    std::string kernel;  ///< its name, for people
    std::string workload;
    std::string fingerprint;
};

struct Timing {
    std::string variant;
    int threads = 1;
    double seconds = 0;
};

struct RememberedChoice {
    std::string variant;
    int threads = 1;
    bool exhaustive = false;
    double seconds = 0;
};

struct Remembered {
    std::optional<RememberedChoice> choice;
    std::vector<Timing> timings;   ///< in the order in which they were taken
    std::set<std::string> failed;  ///< variants in which a process died or hangs: not to be tried
};

/// For `sporkle wisdom`.
struct WisdomEntry {
    WisdomKey key;
    std::optional<RememberedChoice> choice;
    std::int64_t timings = 0;
};
struct WisdomFailure {
    std::string kernel, variant, workload, fingerprint;
    bool failed = false;  ///< else in flight just now
};

class Wisdom {
  public:
    /// An empty path is no wisdom. The log outlives this.
    Wisdom(std::string path, const Log& log);
    ~Wisdom();
    Wisdom(const Wisdom&) = delete;
    Wisdom& operator=(const Wisdom&) = delete;

    const std::string& path() const { return path_; }

    Remembered recall(const WisdomKey& key);
    /// A variant is about to run for the first time. If this process dies before end_trial, it is never tried
    /// again.
    void begin_trial(const WisdomKey& key, const std::string& variant);
    void end_trial(const WisdomKey& key, const std::string& variant);
    void record(const WisdomKey& key, const Timing& timing);
    void choose(const WisdomKey& key, const RememberedChoice& choice);

    std::vector<WisdomEntry> entries();
    std::vector<WisdomFailure> failures();
    /// Forgets everything, or everything about one kernel. Returns the number of workloads forgotten.
    std::int64_t forget(const std::string& kernel = {});

    /// For fork(): closes the file and keeps others out until `release`.
    void hold();
    void release();

  private:
    /// Runs an action on the open database. Whatever goes wrong becomes a message.
    void attempt(bool writes, const std::function<void(Database&)>& action);
    void open(std::vector<std::string>& messages);
    std::int64_t workload_id(Database& database, const WisdomKey& key);

    const std::string path_;
    const Log& log_;
    std::mutex mutex_;
    std::unique_ptr<Database> database_;
    bool tried_ = false;  ///< to open the file
    bool usable_ = true;  ///< false once the file was found unusable
    bool writable_ = false;
};

}  // namespace sporkle::runtime
