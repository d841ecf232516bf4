export type JobState =
  'queued' | 'preparing' | 'running' | 'stopping' | 'paused' | 'done' | 'failed' | 'cancelled' | 'lost';

/** Which of one's own jobs goes first. */
export type Priority = 'low' | 'normal' | 'high';

/** What is kept of a job that is stopped: a model of its best or last epoch, or not even its checkpoints. */
export type Keep = 'best' | 'last' | 'nothing';
