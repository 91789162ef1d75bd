use std::time::Duration;

use salon_catalog::tasks::{TASK, TaskLimits};
use salon_core::{
    Caller, ImageId, Kind, Permitted, ProjectId, Timestamp,
    id::uuid_text,
    task::{CreateTask, KEPT, New, Outcome, Task, TaskId, TaskKind, TaskQuery, TaskStatus, create},
};
use serde_json::json;

use crate::support::{EPOCH, World, admin};

const LIMITS: TaskLimits = TaskLimits { running: 3, records: 5 };

fn at(seconds: i64) -> Timestamp {
    Timestamp(EPOCH + seconds * 1_000_000)
}

fn project(name: &str) -> ProjectId {
    ProjectId::new(name)
}

fn all() -> TaskQuery {
    TaskQuery { kind: None, status: None, marker: None, oldest_first: false, limit: 100 }
}

fn asked(world: &World, owner: &str, now: Timestamp) -> Permitted<Task, CreateTask> {
    let caller = Caller { scope: salon_core::Scope::Project(project(owner)), ..admin() };
    let id = TaskId::parse(&uuid_text(&*world.entropy)).unwrap();
    let input = json!({"import_from": "c/o", "image_properties": {"name": "caf\u{e9} \u{1f600}"}});
    let new = New { kind: TaskKind::Import, input };
    create(&world.policy, &caller, new, (id, ImageId::random(&*world.entropy)), "req-1", now).unwrap()
}

async fn put(world: &World, owner: &str, now: Timestamp) -> salon_core::Result<TaskId> {
    let task = asked(world, owner, now);
    world.catalog.create_task(&task, &uuid_text(&*world.entropy), LIMITS, now).await.map(|()| task.id.clone())
}

pub(crate) async fn a_task_is_done_once(world: World) {
    let catalog = &world.catalog;
    let task = asked(&world, "alpha", at(0));
    catalog.create_task(&task, "job", LIMITS, at(0)).await.unwrap();
    // Record and job come together.
    let job = catalog.claim_job(TASK, at(1), Duration::from_secs(30)).await.unwrap().unwrap();
    assert_eq!(job.payload, task.id.as_str());
    let found = catalog.task(&task.id, &project("alpha"), at(1)).await.unwrap().unwrap();
    assert_eq!(found, *task);
    for _ in 0..2 {
        let begun = catalog.begin_task(&task.id, at(2)).await.unwrap().unwrap();
        assert_eq!(
            (begun.status, begun.updated_at, begun.image_id),
            (TaskStatus::Processing, at(2), task.image_id.clone())
        );
    }
    let done = Outcome::Success(json!({"image_id": task.image_id}));
    assert!(catalog.finish_task(&task.id, &done, at(3), at(3).plus(KEPT)).await.unwrap());
    let late = Outcome::Failure("late".to_owned());
    assert!(!catalog.finish_task(&task.id, &late, at(4), at(4).plus(KEPT)).await.unwrap());
    assert_eq!(catalog.begin_task(&task.id, at(4)).await.unwrap(), None);
    let ended = catalog.task(&task.id, &project("alpha"), at(4)).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.message, ended.expires_at), (TaskStatus::Success, None, Some(at(3).plus(KEPT))));
    assert_eq!(ended.result, Some(json!({"image_id": task.image_id})));
    // Its time ends on the second, for lists and markers as for itself, and then it is removed.
    let after = at(3).plus(KEPT);
    assert_eq!(catalog.task(&task.id, &project("alpha"), after).await.unwrap(), None);
    assert_eq!(catalog.tasks(&project("alpha"), &all(), after).await.unwrap(), []);
    assert_eq!(catalog.trim_tasks(at(4), 10).await.unwrap(), 0);
    assert_eq!(catalog.trim_tasks(after, 10).await.unwrap(), 1);
}

pub(crate) async fn tasks_are_their_projects(world: World) {
    let catalog = &world.catalog;
    let own = put(&world, "alpha", at(0)).await.unwrap();
    let other = put(&world, "beta", at(0)).await.unwrap();
    for (owner, id, there) in
        [("alpha", &own, true), ("alpha", &other, false), ("beta", &own, false), ("ALPHA", &own, false)]
    {
        assert_eq!(catalog.task(id, &project(owner), at(1)).await.unwrap().is_some(), there);
    }
    let marker = TaskQuery { marker: Some(other), ..all() };
    let unknown = TaskQuery { marker: TaskId::parse(&uuid_text(&*world.entropy)), ..all() };
    let refused = catalog.tasks(&project("alpha"), &marker, at(1)).await.unwrap_err();
    assert_eq!(refused.kind(), catalog.tasks(&project("alpha"), &unknown, at(1)).await.unwrap_err().kind());
    assert_eq!(refused.kind(), Kind::Invalid);
}

pub(crate) async fn tasks_page_in_their_order(world: World) {
    let catalog = &world.catalog;
    let mut made = Vec::new();
    for moment in [5, 1, 1, 3] {
        made.push((at(moment), put(&world, "alpha", at(moment)).await.unwrap()));
        let failure = Outcome::Failure("no".to_owned());
        assert!(catalog.finish_task(&made.last().unwrap().1, &failure, at(6), at(7)).await.unwrap());
    }
    made.push((at(4), put(&world, "alpha", at(4)).await.unwrap()));
    made.sort_by(|one, two| (one.0, one.1.as_str()).cmp(&(two.0, two.1.as_str())));
    for oldest_first in [true, false] {
        let mut seen = Vec::new();
        let mut query = TaskQuery { oldest_first, limit: 2, ..all() };
        loop {
            let page = catalog.tasks(&project("alpha"), &query, at(6)).await.unwrap();
            let Some(last) = page.last() else { break };
            query.marker = Some(last.id.clone());
            seen.extend(page.into_iter().map(|task| task.id));
        }
        let mut expected: Vec<_> = made.iter().map(|(_, id)| id.clone()).collect();
        if !oldest_first {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
    let failed = TaskQuery { status: Some(TaskStatus::Failure), kind: Some(TaskKind::Import), ..all() };
    assert_eq!(catalog.tasks(&project("alpha"), &failed, at(6)).await.unwrap().len(), 4);
    let exports = TaskQuery { kind: Some(TaskKind::Export), ..all() };
    assert_eq!(catalog.tasks(&project("alpha"), &exports, at(6)).await.unwrap(), []);
}

pub(crate) async fn tasks_are_bounded(world: World) {
    // Many at once: exactly as many as are allowed.
    let tries = (0..8).map(|_| put(&world, "alpha", at(0)));
    let outcomes = futures_util::future::join_all(tries).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    assert!(outcomes.iter().all(|outcome| outcome.as_ref().err().is_none_or(|error| error.kind() == Kind::OverLimit)));
    assert!(put(&world, "beta", at(0)).await.is_ok());
    let outcome = Outcome::Failure("no".to_owned());
    for id in outcomes.into_iter().flatten() {
        assert!(world.catalog.finish_task(&id, &outcome, at(1), at(9)).await.unwrap());
    }
    for _ in 0..2 {
        let id = put(&world, "alpha", at(2)).await.unwrap();
        assert!(world.catalog.finish_task(&id, &outcome, at(3), at(9)).await.unwrap());
    }
    assert_eq!(put(&world, "alpha", at(4)).await.unwrap_err().kind(), Kind::OverLimit);
    assert_eq!(world.catalog.trim_tasks(at(9), 2).await.unwrap(), 2);
    assert!(put(&world, "alpha", at(9)).await.is_ok());
}
