#include "runtime/wisdom/wisdom.hpp"

#include <algorithm>
#include <chrono>

#include "runtime/wisdom/database.hpp"
#include "runtime/wisdom/fork_guard.hpp"
#include "runtime/wisdom/process.hpp"
#include "runtime/wisdom/schema.hpp"

namespace sporkle::runtime {
namespace {

/// A first run that takes longer than this in another process is taken to hang.
constexpr std::int64_t hang_milliseconds = 10000;

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// Tells which variants must not be tried, and marks trials as failed whose process is gone.
void settle_trials(Database& database, const WisdomKey& key, bool writable, std::set<std::string>& failed,
                   std::vector<std::string>& died) {
    std::set<std::string> owners_gone;
    const std::string own = this_process();
    {
        Statement select(
            database,
            "SELECT variant, owner, started, failed FROM trial WHERE content = ? AND fingerprint = ?");
        select.bind(key.content).bind(key.fingerprint);
        while (select.step()) {
            const std::string variant = select.text(0), owner = select.text(1);
            if (select.integer(3) != 0) {
                failed.insert(variant);
            } else if (owner != own) {
                if (is_alive(owner) == Alive::no) {
                    owners_gone.insert(owner);
                    failed.insert(variant);
                    died.push_back(variant);
                } else if (now() - select.integer(2) > hang_milliseconds) {
                    failed.insert(variant);
                }
            }
        }
    }
    if (!writable) return;
    for (const std::string& owner : owners_gone) {
        Statement update(database,
                         "UPDATE trial SET failed = 1 WHERE content = ? AND fingerprint = ? AND owner = ?");
        update.bind(key.content).bind(key.fingerprint).bind(owner).run();
    }
}

}  // namespace

Wisdom::Wisdom(std::string path, const Log& log) : path_(std::move(path)), log_(log) {
    ForkGuard::add(*this);
}

Wisdom::~Wisdom() { ForkGuard::remove(*this); }

void Wisdom::hold() {
    mutex_.lock();
    database_.reset();
    tried_ = false;
}

void Wisdom::release() { mutex_.unlock(); }

void Wisdom::open(std::vector<std::string>& messages) {
    if (tried_) return;
    tried_ = true;
    for (int attempt = 0; attempt < 2; ++attempt) {
        try {
            OpenedWisdom opened = open_wisdom(path_);
            database_ = std::move(opened.database);
            writable_ = opened.writable;
            usable_ = database_ != nullptr;
            if (!opened.complaint.empty()) messages.push_back(opened.complaint);
            return;
        } catch (const DatabaseError& error) {
            database_.reset();
            const std::string aside = attempt == 0 ? set_aside(path_) : "";
            if (!aside.empty())
                messages.push_back("wisdom '" + path_ + "' is corrupt (" + error.what() +
                                   "); it is set aside as '" + aside + "' and a new one begun");
            else if (attempt == 1)
                messages.push_back("wisdom '" + path_ + "' is corrupt (" + error.what() +
                                   ") and cannot be set aside; nothing is remembered");
        }
    }
    usable_ = false;
}

void Wisdom::attempt(bool writes, const std::function<void(Database&)>& action) {
    if (path_.empty()) return;
    std::vector<std::string> messages;
    {
        const std::lock_guard lock(mutex_);
        for (int turn = 0; turn < 2 && usable_; ++turn) {
            open(messages);
            if (database_ == nullptr || (writes && !writable_)) break;
            try {
                action(*database_);
                break;
            } catch (const DatabaseError& error) {
                if (error.is_corrupt() && turn == 0) {
                    database_.reset();
                    tried_ = false;
                    const std::string aside = set_aside(path_);
                    if (!aside.empty())
                        messages.push_back("wisdom '" + path_ + "' is corrupt (" + error.what() +
                                           "); it is set aside as '" + aside + "' and a new one begun");
                    continue;
                }
                messages.push_back("wisdom '" + path_ + "': " + error.what());
                if (error.code() != SQLITE_BUSY)
                    writable_ = false;  // a full disk, a file taken away: read on
                break;
            } catch (const std::exception& error) {
                messages.push_back("wisdom '" + path_ + "': " + error.what());
                break;
            }
        }
    }
    // Outside the lock: what is told may do as it pleases.
    for (const std::string& message : messages) log_.warn_once(message);
}

std::int64_t Wisdom::workload_id(Database& database, const WisdomKey& key) {
    Statement insert(database,
                     "INSERT INTO workload (content, kernel, workload, fingerprint) VALUES (?, ?, ?, ?) "
                     "ON CONFLICT DO NOTHING");
    insert.bind(key.content).bind(key.kernel).bind(key.workload).bind(key.fingerprint).run();
    Statement select(database,
                     "SELECT id FROM workload WHERE content = ? AND workload = ? AND fingerprint = ?");
    select.bind(key.content).bind(key.workload).bind(key.fingerprint);
    if (!select.step()) throw DatabaseError(SQLITE_CORRUPT, "a row that was just written is not there");
    return select.integer(0);
}

Remembered Wisdom::recall(const WisdomKey& key) {
    Remembered remembered;
    std::vector<std::string> died;
    attempt(false, [&](Database& database) {
        remembered = {};
        died.clear();
        settle_trials(database, key, writable_, remembered.failed, died);
        Statement workload(database,
                           "SELECT id FROM workload WHERE content = ? AND workload = ? AND fingerprint = ?");
        workload.bind(key.content).bind(key.workload).bind(key.fingerprint);
        if (!workload.step()) return;
        Statement choice(database,
                         "SELECT variant, threads, exhaustive, seconds FROM choice WHERE workload = ?");
        if (choice.bind(workload.integer(0)).step())
            remembered.choice = RememberedChoice{choice.text(0), static_cast<int>(choice.integer(1)),
                                                 choice.integer(2) != 0, choice.real(3)};
        Statement timing(database,
                         "SELECT variant, threads, seconds FROM timing WHERE workload = ? ORDER BY rowid");
        timing.bind(workload.integer(0));
        while (timing.step())
            remembered.timings.push_back(
                {timing.text(0), static_cast<int>(timing.integer(1)), timing.real(2)});
    });
    for (const std::string& variant : died)
        log_.warn_once("kernel '" + key.kernel + "': a process died while it ran variant " + variant +
                       " for the first time; the variant is not tried again on this machine");
    return remembered;
}

void Wisdom::begin_trial(const WisdomKey& key, const std::string& variant) {
    attempt(true, [&](Database& database) {
        Statement insert(
            database,
            "INSERT OR REPLACE INTO trial (content, fingerprint, variant, owner, kernel, workload, "
            "started, failed) VALUES (?, ?, ?, ?, ?, ?, ?, 0)");
        insert.bind(key.content).bind(key.fingerprint).bind(variant).bind(this_process());
        insert.bind(key.kernel).bind(key.workload).bind(now()).run();
    });
}

void Wisdom::end_trial(const WisdomKey& key, const std::string& variant) {
    attempt(true, [&](Database& database) {
        Statement remove(
            database,
            "DELETE FROM trial WHERE content = ? AND fingerprint = ? AND variant = ? AND owner = ? AND "
            "workload = ? AND failed = 0");
        remove.bind(key.content)
            .bind(key.fingerprint)
            .bind(variant)
            .bind(this_process())
            .bind(key.workload)
            .run();
    });
}

void Wisdom::record(const WisdomKey& key, const Timing& timing) {
    attempt(true, [&](Database& database) {
        Transaction transaction(database);
        Statement insert(
            database,
            "INSERT INTO timing (workload, variant, threads, seconds, taken) VALUES (?, ?, ?, ?, ?)");
        insert.bind(workload_id(database, key)).bind(timing.variant).bind(std::int64_t(timing.threads));
        insert.bind(timing.seconds).bind(now()).run();
        transaction.commit();
    });
}

void Wisdom::choose(const WisdomKey& key, const RememberedChoice& choice) {
    attempt(true, [&](Database& database) {
        Transaction transaction(database);
        Statement insert(
            database,
            "INSERT OR REPLACE INTO choice (workload, variant, threads, exhaustive, seconds, decided) "
            "VALUES (?, ?, ?, ?, ?, ?)");
        insert.bind(workload_id(database, key)).bind(choice.variant).bind(std::int64_t(choice.threads));
        insert.bind(std::int64_t(choice.exhaustive)).bind(choice.seconds).bind(now()).run();
        transaction.commit();
    });
}

std::vector<WisdomEntry> Wisdom::entries() {
    std::vector<WisdomEntry> entries;
    attempt(false, [&](Database& database) {
        entries.clear();
        Statement select(
            database,
            "SELECT kernel, workload.workload, fingerprint, variant, threads, exhaustive, seconds, "
            "(SELECT count(*) FROM timing WHERE timing.workload = id) "
            "FROM workload LEFT JOIN choice ON choice.workload = id ORDER BY kernel, id");
        while (select.step()) {
            WisdomEntry& entry = entries.emplace_back();
            entry.key.kernel = select.text(0);
            entry.key.workload = select.text(1);
            entry.key.fingerprint = select.text(2);
            if (!select.text(3).empty())
                entry.choice = RememberedChoice{select.text(3), static_cast<int>(select.integer(4)),
                                                select.integer(5) != 0, select.real(6)};
            entry.timings = select.integer(7);
        }
    });
    return entries;
}

std::vector<WisdomFailure> Wisdom::failures() {
    std::vector<WisdomFailure> failures;
    attempt(false, [&](Database& database) {
        failures.clear();
        Statement select(database, "SELECT kernel, variant, workload, fingerprint, failed, owner FROM trial");
        while (select.step())
            failures.push_back({select.text(0), select.text(1), select.text(2), select.text(3),
                                select.integer(4) != 0 || is_alive(select.text(5)) == Alive::no});
    });
    return failures;
}

std::int64_t Wisdom::forget(const std::string& kernel) {
    std::int64_t forgotten = 0;
    attempt(true, [&](Database& database) {
        Transaction transaction(database);
        const bool all = kernel.empty();
        Statement count(database, "SELECT count(*) FROM workload WHERE ? OR kernel = ?");
        if (count.bind(std::int64_t(all)).bind(kernel).step()) forgotten = count.integer(0);
        Statement(database, "DELETE FROM workload WHERE ? OR kernel = ?")
            .bind(std::int64_t(all))
            .bind(kernel)
            .run();
        Statement(database, "DELETE FROM trial WHERE ? OR kernel = ?")
            .bind(std::int64_t(all))
            .bind(kernel)
            .run();
        transaction.commit();
    });
    return forgotten;
}

}  // namespace sporkle::runtime
