#include "runtime/wisdom/schema.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <thread>

namespace sporkle::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t application = 0x53504b57;  // "SPKW" in the file's header, where file(1) looks
constexpr std::int64_t version = 1;

// One workload of one kernel on one machine. `content` is the hash of everything that the bundles hold of the
// kernel. timing: every measurement. choice: what was decided. trial: variants that run for the first time
// just now (failed = 0) or that a process died or hung in (failed = 1).
constexpr char tables[] = R"(
CREATE TABLE workload (
    id INTEGER PRIMARY KEY,
    content TEXT NOT NULL,
    kernel TEXT NOT NULL,
    workload TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    UNIQUE (content, workload, fingerprint));
CREATE TABLE timing (
    workload INTEGER NOT NULL REFERENCES workload ON DELETE CASCADE,
    variant TEXT NOT NULL,
    threads INTEGER NOT NULL,
    seconds REAL NOT NULL,
    taken INTEGER NOT NULL);
CREATE INDEX timing_by_workload ON timing (workload);
CREATE TABLE choice (
    workload INTEGER PRIMARY KEY REFERENCES workload ON DELETE CASCADE,
    variant TEXT NOT NULL,
    threads INTEGER NOT NULL,
    exhaustive INTEGER NOT NULL,
    seconds REAL NOT NULL,
    decided INTEGER NOT NULL);
CREATE TABLE trial (
    content TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    variant TEXT NOT NULL,
    owner TEXT NOT NULL,
    kernel TEXT NOT NULL,
    workload TEXT NOT NULL,
    started INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (content, fingerprint, variant, owner, workload));
)";

void make_tables(Database& database) {
    if (database.number("SELECT count(*) FROM sqlite_master") != 0) return;
    Transaction transaction(database);  // another process may be here at the same time
    if (database.number("SELECT count(*) FROM sqlite_master") == 0) {
        database.execute(tables);
        database.execute(("PRAGMA application_id = " + std::to_string(application)).c_str());
        database.execute(("PRAGMA user_version = " + std::to_string(version)).c_str());
    }
    transaction.commit();
}

/// Why the database is not ours to use, or empty.
std::string objection(Database& database, const std::string& path) {
    const bool empty = database.number("SELECT count(*) FROM sqlite_master") == 0;
    if (!empty && database.number("PRAGMA application_id") != application)
        return "'" + path + "' is a database of another program; it is left alone, and nothing is remembered";
    const std::int64_t found = database.number("PRAGMA user_version");
    if (!empty && found != version)
        return "wisdom '" + path + "' has format version " + std::to_string(found) +
               ", but this runtime knows version " + std::to_string(version) +
               "; it is left alone, and nothing is remembered";
    return {};
}

void prepare_connection(Database& database) {
    sqlite3_busy_timeout(database.handle(), 2000);  // milliseconds
    sqlite3_extended_result_codes(database.handle(), 1);
}

OpenedWisdom open_to_write(const std::string& path) {
    OpenedWisdom result;
    auto database =
        std::make_unique<Database>(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
    prepare_connection(*database);
    if (sqlite3_db_readonly(database->handle(), "main") == 1)
        throw DatabaseError(SQLITE_READONLY, "the file may not be written");
    result.complaint = objection(*database, path);
    if (!result.complaint.empty()) return result;
    // In WAL a commit needs no fsync: a crash of the system may lose the last measurements, never the file.
    database->text("PRAGMA journal_mode = WAL");
    database->execute("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    make_tables(*database);
    result.complaint = objection(*database, path);
    if (!result.complaint.empty()) return result;
    result.database = std::move(database);
    result.writable = true;
    return result;
}

/// A database in a folder that may not be written: WAL's side files cannot be made, so it is read as it
/// stands.
OpenedWisdom open_to_read(const std::string& path) {
    OpenedWisdom result;
    std::string name = "file:";
    for (const char c : path) {
        if (c == '?' || c == '#' || c == '%') {
            static constexpr char digits[] = "0123456789ABCDEF";
            name += '%';
            name += digits[static_cast<unsigned char>(c) >> 4];
            name += digits[c & 15];
        } else {
            name += c;
        }
    }
    auto database = std::make_unique<Database>(
        name + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_FULLMUTEX);
    prepare_connection(*database);
    if (database->number("SELECT count(*) FROM sqlite_master") == 0)
        throw DatabaseError(SQLITE_CANTOPEN, "it is empty");
    result.complaint = objection(*database, path);
    if (result.complaint.empty()) result.database = std::move(database);
    return result;
}

}  // namespace

OpenedWisdom open_wisdom(const std::string& path) {
    std::error_code ignored;  // what cannot be made is found when the file is opened
    const fs::path folder = fs::path(path).parent_path();
    if (!folder.empty()) fs::create_directories(folder, ignored);
    std::string why;
    // Going over to WAL does not wait for other processes that open the file at the same moment: try again.
    for (int attempt = 0; attempt < 100; ++attempt) {
        try {
            return open_to_write(path);
        } catch (const DatabaseError& error) {
            if (error.is_corrupt()) throw;
            why = error.what();
            if (error.code() != SQLITE_BUSY) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    try {
        OpenedWisdom result = open_to_read(path);
        if (result.complaint.empty())
            result.complaint =
                "wisdom '" + path + "' can only be read (" + why + "); nothing new is remembered";
        return result;
    } catch (const DatabaseError& error) {
        if (error.is_corrupt()) throw;
        OpenedWisdom result;
        result.complaint = "wisdom '" + path + "' cannot be opened (" + why + "); nothing is remembered";
        return result;
    }
}

std::string set_aside(const std::string& path) {
    // Several processes may find the same corrupt file; only the first may rename it, or a new one would be
    // lost.
    const std::string lock_name = path + ".lock";
    const int lock = ::open(lock_name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return {};
    std::string aside;
    if (::flock(lock, LOCK_EX) == 0) {
        bool sound = false;
        try {
            Database database(path, SQLITE_OPEN_READWRITE);
            prepare_connection(database);
            sound = database.text("PRAGMA quick_check(1)") == "ok";
        } catch (const DatabaseError& error) {
            sound = !error.is_corrupt();
        }
        if (!sound) {
            const std::string name =
                path + ".corrupt-" + std::to_string(std::time(nullptr)) + "-" + std::to_string(::getpid());
            std::error_code failed;
            for (const char* side : {"-wal", "-shm"}) fs::rename(path + side, name + side, failed);
            fs::rename(path, name, failed);
            if (!failed) aside = name;
        }
    }
    ::close(lock);
    return aside;
}

std::string default_wisdom_path() {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return value == nullptr ? std::string() : std::string(value);
    };
    if (const char* wisdom = std::getenv("SPORKLE_WISDOM")) return wisdom;
    std::string cache = variable("XDG_CACHE_HOME");
    if (cache.empty() || cache[0] != '/') {  // the specification says that relative paths are to be ignored
        const std::string home = variable("HOME");
        if (home.empty()) return {};
        cache = home + "/.cache";
    }
    return cache + "/sporkle/wisdom.sqlite";
}

}  // namespace sporkle::runtime
